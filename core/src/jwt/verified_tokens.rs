//! Tokens whose signature need not be verified again.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use core::fmt;
use core::time::Duration;

use super::sha256::sha256;
use super::{Claims, SigningKeys, Token, TokenError, TokenRules};
use crate::base::std_parts::{PoisonError, RwLock};

/// A bounded cache for a server that sees the same tokens thousands of times.
///
/// It remembers that a signature was good, and nothing more: issuer, audience and times are checked
/// at every use, by the rules and at the time of that use. Tokens are found by their SHA-256, and
/// are not kept themselves. Threads that read do not wait for each other.
///
/// A signature is good for one generation of the signing keys, a number that the owner of the keys
/// counts up whenever they change: tokens of other generations are not found, and make room. A key
/// that was withdrawn thus ends with the set that held it. One cache serves one owner of keys.
///
/// ```
/// use core::time::Duration;
/// use descope_core::jwt::{Claims, SigningKeys, Token, TokenError, TokenRules, VerifiedTokens};
///
/// fn check(
///     verified: &VerifiedTokens, // made once: VerifiedTokens::new(10_000)
///     rules: &TokenRules,
///     token: &str,
///     (keys, generation): (&SigningKeys, u64),
///     unix_now: Duration,
/// ) -> Result<Claims, TokenError> {
///     verified.validate(rules, &Token::parse(token)?, keys, generation, unix_now)
/// }
/// ```
pub struct VerifiedTokens {
    max_entries: usize,
    max_bytes: usize,
    /// By a token's digest, so that those who write wait for few others.
    shards: Box<[RwLock<Shard>]>,
}

type Digest = [u8; 32];

#[derive(Default)]
struct Shard {
    generation: u64,
    claims: BTreeMap<Digest, Claims>,
    /// In the order of arrival.
    order: VecDeque<Digest>,
    /// Of the claims, roughly.
    bytes: usize,
}

/// What an entry takes beside its claims, roughly.
const ENTRY: usize = 2 * size_of::<Digest>() + size_of::<Claims>() + 32;

impl VerifiedTokens {
    const SHARDS: usize = 16;

    /// A cache of at most so many tokens, and of 2 KiB for each of them, which is ample for a few
    /// tenants. Rounded up to a multiple of 16; none at 0.
    #[must_use]
    pub fn new(max_entries: usize) -> Self {
        Self {
            max_entries: max_entries.div_ceil(Self::SHARDS),
            max_bytes: max_entries.saturating_mul(2048).div_ceil(Self::SHARDS),
            shards: (0..Self::SHARDS).map(|_| RwLock::default()).collect(),
        }
    }

    /// How many bytes it may take, roughly.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes / Self::SHARDS;
        self
    }

    /// As [`TokenRules::validate`], with the signature verified only where this very token was not
    /// seen in this generation of `keys`. What is refused is not remembered.
    ///
    /// # Errors
    /// As [`TokenRules::validate`].
    pub fn validate(
        &self,
        validation: &TokenRules,
        token: &Token<'_>,
        keys: &SigningKeys,
        generation: u64,
        unix_now: Duration,
    ) -> Result<Claims, TokenError> {
        let mut digest = Digest::default();
        digest.copy_from_slice(sha256(&[token.text()]).as_ref());
        if let Some(claims) = self.find(&digest, generation) {
            validation.check_unbound(&claims, unix_now)?;
            return Ok(claims);
        }
        let claims = validation.validate(token, keys, unix_now)?;
        self.insert(digest, &claims, generation);
        Ok(claims)
    }

    /// The number of tokens that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| read(shard, |shard| shard.claims.len())).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, digest: &Digest) -> &RwLock<Shard> {
        &self.shards[usize::from(digest[0]) % Self::SHARDS]
    }

    fn find(&self, digest: &Digest, generation: u64) -> Option<Claims> {
        read(self.shard(digest), |shard| {
            let claims = shard.claims.get(digest)?;
            (shard.generation == generation).then(|| claims.clone())
        })
    }

    fn insert(&self, digest: Digest, claims: &Claims, generation: u64) {
        let size = ENTRY + claims.size();
        if self.max_entries == 0 || size > self.max_bytes {
            return;
        }
        let shard = &mut *self.shard(&digest).write().unwrap_or_else(PoisonError::into_inner);
        if generation > shard.generation {
            *shard = Shard { generation, ..Shard::default() };
        }
        // A thread that was slow has verified with older keys, or what another has just verified.
        if generation < shard.generation || shard.claims.contains_key(&digest) {
            return;
        }
        while shard.order.len() >= self.max_entries || shard.bytes + size > self.max_bytes {
            let Some(claims) = shard.order.pop_front().and_then(|d| shard.claims.remove(&d)) else {
                break;
            };
            shard.bytes -= ENTRY + claims.size();
        }
        shard.bytes += size;
        shard.order.push_back(digest);
        shard.claims.insert(digest, claims.clone());
    }
}

fn read<T>(shard: &RwLock<Shard>, look: impl FnOnce(&Shard) -> T) -> T {
    look(&shard.read().unwrap_or_else(PoisonError::into_inner))
}

impl fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedTokens").field("len", &self.len()).finish_non_exhaustive()
    }
}
