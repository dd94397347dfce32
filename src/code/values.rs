//! The values that the walk of a fresh install knows, and how they meet and combine.

/// What is known of a value. `from` numbers the stored key that a number was read from, 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Val {
    Unknown,
    /// What the caller passes: callers look into this method with their own values.
    Parameter,
    /// Unknown, but by its name the user's decision.
    Doubt,
    Int(i64, u32),
    Text(u32),
    Object(u32),
    /// Null until it is set to this text.
    MaybeText(u32),
    /// Null until it is set to this object.
    MaybeObject(u32),
    /// The message that a handler is given.
    Message,
    /// Its `what`.
    What,
    /// A final number of an object: one of those that objects of its class are given.
    OneOf(u32),
}

impl Val {
    pub(super) const NULL: Self = Self::Int(0, 0);

    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Doubt, _) | (_, Self::Doubt) => Self::Doubt,
            (Self::Int(a, from), Self::Int(b, other)) if a == b => Self::Int(a, from.max(other)),
            (a, b) => match (a.reference(), b.reference()) {
                (Some(known), Some(other)) if known.is_none() || other.is_none() || known == other => {
                    known.or(other).unwrap_or(Self::Unknown)
                }
                _ => Self::Unknown,
            },
        }
    }

    /// What a reference that may be null refers to when it is not: outer `None` for other values.
    fn reference(self) -> Option<Option<Self>> {
        match self {
            Self::Int(0, _) => Some(None),
            Self::Text(text) | Self::MaybeText(text) => Some(Some(Self::MaybeText(text))),
            Self::Object(object) | Self::MaybeObject(object) => Some(Some(Self::MaybeObject(object))),
            _ => None,
        }
    }

    /// The same, or null.
    pub(super) fn or_null(self) -> Self {
        self.reference().flatten().unwrap_or(self)
    }

    /// The text, where it is set.
    pub(super) fn text(self) -> Option<u32> {
        match self {
            Self::Text(text) | Self::MaybeText(text) => Some(text),
            _ => None,
        }
    }

    /// The object, where it is set.
    pub(super) fn object(self) -> Option<u32> {
        match self {
            Self::Object(object) | Self::MaybeObject(object) => Some(object),
            _ => None,
        }
    }

    pub(super) fn int(self) -> Option<(i64, u32)> {
        match self {
            Self::Int(value, from) => Some((value, from)),
            _ => None,
        }
    }
}

pub(super) fn get(state: &[Val], register: u16) -> Val {
    state.get(usize::from(register)).copied().unwrap_or(Val::Unknown)
}

pub(super) fn set(state: &mut [Val], register: u16, value: Val) {
    if let Some(slot) = state.get_mut(usize::from(register)) {
        *slot = value;
    }
}

pub(super) fn merge(slot: &mut Option<Vec<Val>>, state: &[Val]) -> bool {
    let Some(old) = slot else {
        *slot = Some(state.to_vec());
        return true;
    };
    let mut changed = false;
    for (old, new) in old.iter_mut().zip(state) {
        let joined = match old.join(*new) {
            // Values only ever fall, so that the walk ends.
            Val::Int(number, from) if matches!(old, Val::Int(known, _) if *known == number) => {
                Val::Int(number, old.int().map_or(from, |(_, known)| known))
            }
            other => other,
        };
        if *old != joined {
            *old = joined;
            changed = true;
        }
    }
    changed
}

pub(super) fn arithmetic(op: u8, left: Val, right: Val) -> Val {
    let (Some((a, from)), Some((b, other))) = (left.int(), right.int()) else {
        let doubtful = left == Val::Doubt || right == Val::Doubt;
        return if doubtful { Val::Doubt } else { Val::Unknown };
    };
    let kind = match op {
        0x90..=0x97 => op - 0x90,
        0xb0..=0xb7 => op - 0xb0,
        _ => op & 7,
    };
    let value = match kind {
        0 => a.wrapping_add(b),
        // `rsub` in the forms with a literal.
        1 if op >= 0xd0 => b.wrapping_sub(a),
        1 => a.wrapping_sub(b),
        2 => a.wrapping_mul(b),
        5 => a & b,
        6 => a | b,
        7 => a ^ b,
        _ => return Val::Unknown,
    };
    Val::Int(i64::from(value as i32), from.max(other))
}
