//! What keeps a remark from being added to those that were made of a session.

use super::{Policy, Remark, RemarkKind, Standing};
use crate::limits::{REMARKS_MAX, TAGS_MAX};
use crate::risk::Score;

/// Why something cannot be said of a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// It is not of its form.
    #[error("{0}")]
    Form(String),
    /// An act needs a number by which it can be taken back.
    #[error("an act has a number, and it is not 0")]
    NoAct,
    /// The operator has used the number before.
    #[error("this number of an act is in use")]
    ActInUse,
    /// There is no room.
    #[error("{REMARKS_MAX} remarks were made of it, and there is no room for more")]
    Full,
    /// There is no room for a tag.
    #[error("it has {TAGS_MAX} tags, and there is no room for more")]
    Tags,
    /// The operator did not say that.
    #[error("you have said nothing with that act that could be taken back")]
    NotSaid,
    /// It was taken back before.
    #[error("that was taken back before")]
    TakenBack,
}

impl Remark {
    /// What keeps it from being added to these.
    ///
    /// # Errors
    /// [`Objection`]
    pub fn check_beside(&self, remarks: &[Self]) -> Result<(), Objection> {
        self.kind.check().map_err(Objection::Form)?;
        if self.act == 0 {
            return Err(Objection::NoAct);
        }
        let own = || remarks.iter().filter(|remark| remark.who == self.who);
        if own().any(|remark| remark.act == self.act) {
            return Err(Objection::ActInUse);
        }
        if remarks.len() >= REMARKS_MAX {
            return Err(Objection::Full);
        }
        match &self.kind {
            RemarkKind::TakeBack { taken } => {
                let takes = |kind: &RemarkKind| matches!(kind, RemarkKind::TakeBack { .. });
                let back = RemarkKind::TakeBack { taken: *taken };
                if own().any(|remark| remark.kind == back) {
                    return Err(Objection::TakenBack);
                }
                let said = own().any(|remark| remark.act == *taken && !takes(&remark.kind));
                said.then_some(()).ok_or(Objection::NotSaid)
            }
            RemarkKind::Tag { tag } => {
                let tags = Standing::of(remarks, &Policy::default(), Score::NONE).tags;
                let fits = tags.len() < TAGS_MAX || tags.contains(tag);
                fits.then_some(()).ok_or(Objection::Tags)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(who: &str, act: u64, kind: RemarkKind) -> Remark {
        Remark { act, at: Default::default(), who: who.into(), kind }
    }

    fn tag(who: &str, act: u64, tag: &str) -> Remark {
        said(who, act, RemarkKind::Tag { tag: tag.into() })
    }

    fn back(who: &str, act: u64, taken: u64) -> Remark {
        said(who, act, RemarkKind::TakeBack { taken })
    }

    #[test]
    fn an_act_has_one_number_of_its_own() {
        let remarks = [tag("olga", 7, "a")];
        assert_eq!(tag("olga", 0, "b").check_beside(&remarks), Err(Objection::NoAct));
        assert_eq!(tag("olga", 7, "b").check_beside(&remarks), Err(Objection::ActInUse));
        assert_eq!(tag("vic", 7, "b").check_beside(&remarks), Ok(()));
        let form = tag("olga", 8, "a b").check_beside(&remarks);
        assert!(matches!(form, Err(Objection::Form(_))));
    }

    #[test]
    fn only_what_one_has_said_oneself_is_taken_back_and_once() {
        let mut remarks = vec![tag("olga", 7, "a")];
        assert_eq!(back("vic", 1, 7).check_beside(&remarks), Err(Objection::NotSaid));
        assert_eq!(back("olga", 8, 6).check_beside(&remarks), Err(Objection::NotSaid));
        assert_eq!(back("olga", 8, 7).check_beside(&remarks), Ok(()));
        remarks.push(back("olga", 8, 7));
        assert_eq!(back("olga", 9, 7).check_beside(&remarks), Err(Objection::TakenBack));
        assert_eq!(back("olga", 9, 8).check_beside(&remarks), Err(Objection::NotSaid));
    }

    #[test]
    fn there_is_an_end_to_tags_and_remarks() {
        let name = |act: usize| format!("t{act}");
        let tags = |count: usize| -> Vec<Remark> {
            (1..=count).map(|act| tag("olga", act as u64, &name(act))).collect()
        };
        let remarks = tags(TAGS_MAX);
        assert_eq!(tag("olga", 99, "more").check_beside(&remarks), Err(Objection::Tags));
        assert_eq!(tag("olga", 99, &name(1)).check_beside(&remarks), Ok(()));
        let remarks = tags(REMARKS_MAX);
        assert_eq!(back("vic", 1, 7).check_beside(&remarks), Err(Objection::Full));
    }
}
