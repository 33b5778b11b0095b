//! How the console changes while something is chosen from a list of which the server knows more than is
//! here: sessions by a few letters, and what all sessions have in common.

use sudolog_core::wire::message::{Facets, FindQuery, Listing, SessionRow};

use super::{App, Route};
use crate::screens::chooser::{Beyond, Chooser, Item, Pick};
use crate::screens::triage::{Facet, Triage};
use crate::screens::{Pages, grouped, row_in_words};
use crate::source::server::{Ask, PageNews};

/// What the server has to say for the list that is open.
pub(super) fn wanted(app: &App) -> Option<Ask> {
    app.chooser.as_ref()?.wanted()
}

/// Takes what it says; gives back what is for others.
pub(super) fn learn(app: &mut App, news: PageNews) -> Option<PageNews> {
    match news {
        PageNews::Found(query, listing) => found(app, &query, &listing),
        PageNews::Facets(among, facets) => {
            let asked = wanted(app) == Some(Ask::Facets(among));
            if let Some(Route::Triage(triage)) = app.route() {
                let items = facets_of_all(triage, &facets);
                if let Some(chooser) = app.chooser.as_mut().filter(|_| asked) {
                    chooser.learn_items(items);
                }
            }
        }
        PageNews::NoPage(Ask::Find(_) | Ask::Facets(_), _) => {
            // What is here can be chosen all the same.
            app.chooser.iter_mut().for_each(|chooser| chooser.give_up_beyond());
        }
        news => return Some(news),
    }
    None
}

fn found(app: &mut App, query: &FindQuery, listing: &Listing) {
    if let Some(chooser) = &mut app.chooser
        && chooser.wanted().as_ref() == Some(&Ask::Find(query.clone()))
    {
        let items = listing.rows.iter().map(session).collect();
        chooser.learn_found(&query.letters, items, listing.total);
    }
}

/// A session to choose.
pub(super) fn session(row: &SessionRow) -> Item {
    let (label, detail) = row_in_words(row);
    Item { label, detail, also: "", pick: Pick::Session(row.tsid) }
}

/// The list of sessions to choose from: those that are here while nothing is typed, then all.
pub(super) fn sessions(pages: &Pages, beyond: Beyond) -> Chooser {
    let items = pages.rows().map(|(_, row)| session(row)).collect();
    Chooser::new("Sessions", items, None, "").beyond(beyond)
}

/// The list of what sessions have in common: what those that are here have, until the server has counted
/// all.
pub(super) fn facets(triage: &Triage) -> Chooser {
    let item = |facet: Facet| {
        let here = triage.pages().rows().filter(|(_, row)| facet.fits(row)).count();
        let is_in = facet.is_in(triage.filter().text());
        (here > 0 || is_in).then(|| choice(&facet, is_in, &format!("{here} here")))
    };
    let items: Vec<Item> = Facet::all().filter_map(item).collect();
    let beyond = Beyond::Facets(triage.among());
    Chooser::new("Filter by, or not any more", items, None, "").beyond(beyond)
}

fn facets_of_all(triage: &Triage, facets: &Facets) -> Vec<Item> {
    let filter = triage.filter().text();
    let mut items = Vec::new();
    for list in &facets.facets {
        for value in &list.values {
            let Some(facet) = Facet::of(list.of, &value.value) else { continue };
            items.push(choice(&facet, facet.is_in(filter), &grouped(value.sessions)));
        }
    }
    items
}

fn choice(facet: &Facet, is_in: bool, count: &str) -> Item {
    let detail = if is_in { format!("{count}  in the filter") } else { count.to_owned() };
    Item { label: facet.label(), detail, also: "", pick: Pick::Facet(facet.clone()) }
}
