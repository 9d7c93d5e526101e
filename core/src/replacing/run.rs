//! One run of a replacement: what was found, what follows, and the writes in their order.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::decision::{Decision, OldKey, decide};
use super::findings::{Found, Line, Proof, due_tag, is_active, refuse_hidden, replacing_tag};
use super::key_changes::Service;
use super::replace_access_key::{ReplaceAccessKey, named};
use super::replace_error::{DeployError, ReplaceError};
use super::replaced::Replaced;
use super::script::Slot;
use crate::base::Secret;
use crate::endpoints::access_key::tags::{self, Tag};
use crate::endpoints::access_key::{AccessKey, CreateAccessKey, CreatedAccessKey};
use crate::error::Error;
#[cfg(feature = "jwt")]
use crate::session::{ExchangeFlow, session_context::SessionContext};

/// What a replacement asks of its driver besides requests.
pub(super) enum Ask {
    ReadBack(Slot<Option<Secret>>),
    Deploy(Arc<CreatedAccessKey>, Slot<Result<(), DeployError>>),
}

pub(super) struct Run {
    pub(super) service: Service<Ask>,
    pub(super) replace: ReplaceAccessKey,
    #[cfg(feature = "jwt")]
    pub(super) sessions: SessionContext,
}

impl Run {
    pub(super) async fn replace(self) -> Result<Replaced, ReplaceError> {
        let refuse = |what| Err(ReplaceError::Read(Error::invalid_argument("id", what)));
        match self.replace.id.as_str() {
            "" => return refuse("is empty"),
            id if !tags::has_room_for(id) => {
                return refuse("is none that can be named in a description");
            }
            _ => {}
        }
        let mut found = self.find().await;
        let mut rolled_back = None;
        let mut replaced = loop {
            match decide(&found, &self.replace, self.unix()) {
                Decision::Stop(error) => return Err(error),
                Decision::ReadBack => found.proof = self.proof().await,
                Decision::TakeDueTagOff { old } => {
                    rolled_back = due_tag(&old).map(|(_, successor)| successor.to_owned());
                    found.old = Ok(self.without_due_tag(&old).await?);
                    found.due = None;
                }
                Decision::Already { by, due, left_over } => {
                    match self.service.load(by.id()).await {
                        Ok(by) if is_active(&by) => {
                            return Err(self.already(&by, due, left_over).await);
                        }
                        Err(error) if !error.is_key_not_found() => return Err(error.into()),
                        loaded => found.is_not_active(&by, loaded),
                    }
                }
                Decision::Finish { successor, others, old } => {
                    break self.finish(successor.id(), None, others, old).await?;
                }
                Decision::Run { like, others, old } => {
                    let created = Arc::new(self.create(&like, &found).await?);
                    self.deploy(&created).await?;
                    let (id, secret) = (created.key.id(), Some(&created.cleartext));
                    break self.finish(id, secret, others, old).await?;
                }
            }
        };
        replaced.left_alone = self.left_alone(&found, &replaced);
        replaced.rolled_back = rolled_back;
        Ok(replaced)
    }

    async fn find(&self) -> Found {
        let id = &self.replace.id;
        // Before the old key is loaded: a run that ends in between is then seen by the old key.
        let (named, unreadable) = match &self.replace.among {
            Some(keys) => (Ok(keys.clone()), Vec::new()),
            None => match self.service.search().await {
                Ok(found) => (Ok(named(&found.keys, id)), found.left_out),
                Err(error) => (Err(error), Vec::new()),
            },
        };
        let old = self.service.load(id).await;
        let (mut replaces, mut due) = (None, None);
        if let Ok(old) = &old {
            if let Some(of) = replacing_tag(old) {
                replaces = Some(self.service.load(of).await);
            }
            if let Some((at, successor)) = due_tag(old) {
                due = Some((at, self.service.load(successor).await));
            }
        }
        Found { id: id.clone(), old, replaces, due, named, unreadable, proof: Proof::Unasked }
    }

    /// Which secret is deployed.
    async fn proof(&self) -> Proof {
        #[cfg(feature = "jwt")]
        if let Some(secret) = self.read_back().await {
            return match self.exchange(secret).await {
                Ok(key_id) => Proof::Key(key_id),
                Err(error) if error.is_unauthorized() || error.is_invalid_argument() => {
                    Proof::Refused
                }
                Err(error) => Proof::Failed(error),
            };
        }
        Proof::None
    }

    #[cfg(feature = "jwt")]
    async fn exchange(&self, secret: Secret) -> Result<String, Error> {
        use crate::endpoints::ExchangeAccessKey;
        let (sessions, options) = (self.sessions.clone(), self.service.options.clone());
        let exchange = ExchangeAccessKey::new(secret);
        let step = ExchangeFlow::start(sessions, exchange, options, self.service.now());
        let session = self.service.driver.drive(step).await?;
        match session.key_id() {
            "" => Err(Error::decode("the answer does not tell which key was exchanged")),
            id => Ok(id.to_owned()),
        }
    }

    async fn read_back(&self) -> Option<Secret> {
        let answer = Slot::new();
        self.service.driver.ask(Ask::ReadBack(answer.clone()), &answer).await
    }

    /// The old key is in use again, so nothing retires it any more.
    async fn without_due_tag(&self, old: &AccessKey) -> Result<AccessKey, Error> {
        let description = old.description().unwrap_or_default();
        self.service.describe(old, &tags::without(description, is_due)).await
    }

    async fn already(&self, by: &AccessKey, due: Option<i64>, left: Vec<String>) -> ReplaceError {
        let mut retired = Vec::new();
        for id in left {
            // One that stays is found again.
            if self.service.retire(&id, false).await.is_ok() {
                retired.push(id);
            }
        }
        let _ = self.mark(by).await;
        ReplaceError::AlreadyReplaced { by: by.id().to_owned(), due, retired }
    }

    /// Creates the successor, and gives way to a rival. Nobody has its secret so far.
    async fn create(
        &self,
        like: &AccessKey,
        found: &Found,
    ) -> Result<CreatedAccessKey, ReplaceError> {
        let now = self.service.now();
        // Its upper half: as good as the whole.
        let run = (self.service.calls.random(now) >> 32) as u32;
        let tag = Tag::Replacing { old: &self.replace.id, run }.to_string();
        let text = tags::text_before_a_tag(like.description().unwrap_or_default(), |_| true);
        let mut create = CreateAccessKey::twin_of(like).description(text).marker(tag);
        if let Some(expiry) = self.replace.expiry {
            create = create.expiry(expiry);
        }
        let created = self.service.call(create).await.map_err(ReplaceError::Create)?;
        let keys = match self.service.search().await.and_then(|found| {
            refuse_hidden(&found.left_out, Some(like))?;
            Ok(named(&found.keys, &self.replace.id))
        }) {
            Ok(keys) => keys,
            Err(error) => return Err(self.roll_back(created.key.id(), error.into()).await),
        };
        let own = &created.key;
        let line = Line::of(&self.replace.id, Some(like), &keys);
        match line.rival_of(own, found.named.as_deref().unwrap_or_default()) {
            None => Ok(created),
            Some(rival) => Err(ReplaceError::Busy {
                successor: rival.id().to_owned(),
                since: rival.created_time(),
                left: match self.service.retire(own.id(), true).await {
                    Ok(()) => None,
                    Err(_) => Some(own.id().to_owned()),
                },
            }),
        }
    }

    async fn deploy(&self, created: &Arc<CreatedAccessKey>) -> Result<(), ReplaceError> {
        let answer = Slot::new();
        let ask = Ask::Deploy(Arc::clone(created), answer.clone());
        match self.service.driver.ask(ask, &answer).await {
            Ok(()) => Ok(()),
            Err(error) if error.not_deployed || self.replace.roll_back => {
                Err(self.roll_back(created.key.id(), error).await)
            }
            Err(error) => Err(ReplaceError::MayBeDeployed {
                cause: error.cause.into(),
                successor: created.key.id().to_owned(),
            }),
        }
    }

    /// Deletes a successor whose secret is deployed nowhere.
    async fn roll_back(&self, successor: &str, error: DeployError) -> ReplaceError {
        let (cause, successor) = (error.cause.into(), successor.to_owned());
        match self.service.retire(&successor, true).await {
            Ok(()) => ReplaceError::RolledBack { cause, successor },
            Err(error) => ReplaceError::SuccessorLeft { cause, successor, error },
        }
    }

    /// A successor is deployed: everything earlier goes.
    async fn finish(
        &self,
        successor: &str,
        secret: Option<&Secret>,
        others: Vec<String>,
        old: OldKey,
    ) -> Result<Replaced, ReplaceError> {
        let old_id = || (old != OldKey::StaysAsItIs).then(|| self.replace.id.clone());
        let stop = |left: &[String], error| ReplaceError::OldLeft {
            successor: successor.to_owned(),
            left: left.iter().cloned().chain(old_id()).collect(),
            error,
        };
        let key = match self.service.load(successor).await {
            Ok(key) if is_active(&key) => key,
            Err(error) if !error.is_key_not_found() => return Err(stop(&others, error)),
            _ => return Err(self.overtaken(successor, secret).await),
        };
        for (place, id) in others.iter().enumerate() {
            self.service.retire(id, false).await.map_err(|error| stop(&others[place..], error))?;
        }
        let mut retired = others;
        let due = match (old, self.replace.grace) {
            (OldKey::StaysAsItIs, _) => None,
            (OldKey::Goes, Some(grace)) => {
                let seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
                let at = self.unix().saturating_add(seconds);
                self.set_due(at, successor).await.map_err(|error| stop(&[], error))?
            }
            (OldKey::Goes | OldKey::GoesAtOnce, _) => {
                let gone = self.service.retire(&self.replace.id, self.replace.delete_old).await;
                gone.map_err(|error| stop(&[], error))?;
                None
            }
        };
        retired.extend(old_id().filter(|_| due.is_none()));
        let (key, unmarked) = match self.mark(&key).await {
            Ok(marked) if is_active(&marked) => (marked, None),
            Ok(_) => return Err(self.overtaken(successor, secret).await),
            Err(error) => (key, Some(error)),
        };
        let deployed = secret.is_some();
        let (left_alone, rolled_back) = (Vec::new(), None);
        Ok(Replaced { key, deployed, due, retired, left_alone, rolled_back, unmarked })
    }

    /// Writes on the old key when it is to be retired; nothing where somebody retired it meanwhile.
    async fn set_due(&self, at: i64, successor: &str) -> Result<Option<i64>, Error> {
        let old = match self.service.load(&self.replace.id).await {
            Ok(old) if is_active(&old) => old,
            Ok(_) => return Ok(None),
            Err(error) if error.is_key_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let description = tags::retagged(&old, is_due, Tag::RetireAfter { at, successor });
        self.service.describe(&old, &description).await.map(|_| Some(at))
    }

    /// Another run has retired what was just deployed.
    async fn overtaken(&self, successor: &str, secret: Option<&Secret>) -> ReplaceError {
        let in_use = match secret {
            Some(secret) => self
                .read_back()
                .await
                .is_some_and(|deployed| deployed.expose().trim() == secret.expose().trim()),
            None => false,
        };
        let activated = in_use && self.service.activate(successor).await.is_ok();
        ReplaceError::Overtaken { successor: successor.to_owned(), activated }
    }

    /// Writes on a successor that it has replaced the old key.
    async fn mark(&self, successor: &AccessKey) -> Result<AccessKey, Error> {
        let id = self.replace.id.as_str();
        let unfinished = |tag: Tag<'_>| matches!(tag, Tag::Replacing { old, .. } if old == id);
        if !tags::of(successor).any(unfinished) {
            return Ok(successor.clone());
        }
        let description = tags::retagged(successor, unfinished, Tag::Replaced { old: id });
        self.service.describe(successor, &description).await
    }

    fn left_alone(&self, found: &Found, replaced: &Replaced) -> Vec<String> {
        let (Ok(named), old) = (&found.named, found.old.as_ref().ok()) else {
            return Vec::new();
        };
        let line = Line::of(&self.replace.id, old, named);
        let all = line.strangers.into_iter().chain(line.replaced);
        all.map(|key| key.id().to_owned()).filter(|id| id != replaced.key.id()).collect()
    }

    fn unix(&self) -> i64 {
        self.service.now().unix_seconds()
    }
}

fn is_due(tag: Tag<'_>) -> bool {
    matches!(tag, Tag::RetireAfter { .. })
}
