//! The agents' phones: who can take a handover now. One call a phone, in turn.

use std::collections::HashMap;
use warmline_control::{AgentPhone, CallId};

/// Phones by order of configuration, and who is on them.
#[derive(Debug, Default)]
pub struct AgentPool {
    phones: Vec<AgentPhone>,
    busy: HashMap<CallId, usize>,
    next: usize,
}

impl AgentPool {
    pub fn new(phones: Vec<AgentPhone>) -> Self {
        Self { phones, busy: HashMap::new(), next: 0 }
    }

    /// A free phone for `call`, the one that has waited longest in turn. The reason when there is none.
    pub fn take(&mut self, call: CallId) -> Result<AgentPhone, &'static str> {
        if self.phones.is_empty() {
            return Err("no agent is configured");
        }
        let order = (0..self.phones.len()).map(|i| (self.next + i) % self.phones.len());
        let free = order.into_iter().find(|i| !self.busy.values().any(|b| b == i));
        let index = free.ok_or("every agent is on a call")?;
        self.busy.insert(call, index);
        self.next = (index + 1) % self.phones.len();
        Ok(self.phones[index].clone())
    }

    /// The call no longer needs its phone.
    pub fn release(&mut self, call: CallId) {
        self.busy.remove(&call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn phone(name: &str) -> AgentPhone {
        AgentPhone { name: name.into(), trunk: "t".into(), address: name.into(), ring_limit_s: 15 }
    }

    #[test]
    fn phones_take_turns_and_one_call_each() {
        let mut pool = AgentPool::new(vec![phone("ann"), phone("ben")]);
        let call = |n| CallId(Uuid::from_u128(n));
        assert_eq!(pool.take(call(1)).unwrap().name, "ann");
        assert_eq!(pool.take(call(2)).unwrap().name, "ben");
        assert_eq!(pool.take(call(3)), Err("every agent is on a call"));
        pool.release(call(1));
        pool.release(call(2));
        assert_eq!(pool.take(call(4)).unwrap().name, "ann");
        assert_eq!(AgentPool::default().take(call(5)), Err("no agent is configured"));
    }
}
