//! What the engine says and understands of itself, in English.

use warmline_schema::GlobalIntent;

pub(crate) const NOT_UNDERSTOOD: [&str; 2] = ["Sorry, I did not understand that.", "Sorry, once more please."];
pub(crate) const NOTHING_HEARD: &str = "I did not hear you.";
pub(crate) const CONNECTING: &str = "One moment please, I will connect you.";
pub(crate) const OPTED_OUT: &str = "All right, we will not call this number again. Goodbye.";
pub(crate) const WRONG_NUMBER: &str = "Sorry for the trouble. Goodbye.";
pub(crate) const GOODBYE: &str = "I have to end this call now. Goodbye.";
pub(crate) const WHO_FALLBACK: &str = "This is an automated call.";
/// `{}`: company, number.
pub(crate) const NOBODY_FREE: &str =
    "Sorry, nobody is free right now. We will call you back, or you can reach {} on {}. Goodbye.";
pub(crate) const NOBODY_FREE_UNNAMED: &str = "Sorry, nobody is free right now. We will call you back. Goodbye.";
/// Confirmation answered with no: asked again.
pub(crate) const ASK_AGAIN: &str = "Sorry about that.";

/// The engine's own wordings of the global intents.
pub(crate) fn global_phrases(intent: GlobalIntent) -> &'static [&'static str] {
    match intent {
        GlobalIntent::Human => &[
            "speak to a human",
            "i want to speak to a human",
            "talk to a human",
            "speak to a person",
            "i want to talk to a person",
            "can i speak to someone",
            "can i speak to somebody",
            "can i talk to someone",
            "talk to a real person",
            "a real person please",
            "connect me to an agent",
            "agent please",
            "an agent",
            "operator",
            "put me through to somebody",
        ],
        GlobalIntent::DoNotCall => &[
            "stop calling",
            "stop calling me",
            "please stop calling me",
            "do not call me again",
            "don't call me again",
            "don't call again",
            "don't call me anymore",
            "never call me again",
            "take me off your list",
            "take my number off your list",
            "remove me from your list",
            "remove my number",
            "unsubscribe",
            "opt out",
        ],
        GlobalIntent::Repeat => &[
            "repeat",
            "repeat that",
            "please repeat",
            "can you repeat that",
            "say that again",
            "say again",
            "can you say that again",
            "what did you say",
            "i didn't hear you",
            "i didn't understand",
            "pardon",
            "once more",
            "sorry what",
            "what was that",
        ],
        GlobalIntent::WhoIsThis => &[
            "who is this",
            "who's this",
            "who are you",
            "who is calling",
            "who's calling",
            "what is this about",
            "what's this about",
            "where are you calling from",
            "which company is this",
            "why are you calling me",
            "is this a robot",
            "are you a robot",
        ],
        GlobalIntent::WrongNumber => &[
            "wrong number",
            "you have the wrong number",
            "this is the wrong number",
            "you've got the wrong number",
            "i think you have the wrong number",
            "there is nobody by that name",
            "you have the wrong person",
        ],
    }
}
