//! What is asked of all sessions that a filter keeps: what they have in common, which of them answer a few
//! letters, and where one stands in a list.

use sudolog_core::wire::message::{Among, Cause, Facets, Failure, FindQuery, Listing, PlaceQuery};

use super::gate::{Gate, in_words, unreadable};
use super::request::failure;
use crate::authz::Right;

impl Gate {
    /// What the sessions have in common that the operator may see.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn shared(&self, among: &Among) -> Result<Facets, Failure> {
        let action = "facets";
        self.permit(Right::List, action, None)?;
        among.check().map_err(|text| failure(Cause::Malformed, &text))?;
        self.glance(&self.facets, among, || self.log(action, None, &in_words(&among.sessions())))?;
        self.catalog.facets(among, &self.operator.visible()).map_err(unreadable)
    }

    /// The sessions that answer a few letters, of those that the operator may see.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn find_near(&self, query: &FindQuery) -> Result<Listing, Failure> {
        let action = "find";
        self.permit(Right::List, action, None)?;
        query.check().map_err(|text| failure(Cause::Malformed, &text))?;
        self.glance(&self.finds, query, || {
            let words = format!("{:?} {}", query.letters, in_words(&query.among.sessions()));
            self.log(action, None, words.trim_end())
        })?;
        let visible = self.operator.visible();
        let mut listing = self.catalog.find_near(query, &visible).map_err(unreadable)?;
        listing.rows.retain(|row| self.operator.may_see(row));
        Ok(listing)
    }

    /// Where a session stands in a list that the operator may see; of one that he may not, nothing is said.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn place(&self, query: &PlaceQuery) -> Result<Option<u32>, Failure> {
        let action = Right::List.name();
        self.permit(Right::List, action, None)?;
        query.list.check().map_err(|text| failure(Cause::Malformed, &text))?;
        self.glance(&self.lists, &query.list, || self.log(action, None, &in_words(&query.list)))?;
        self.catalog.place(query, &self.operator.visible()).map_err(unreadable)
    }
}
