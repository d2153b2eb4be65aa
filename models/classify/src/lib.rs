//! Small linear classifiers, trained in a moment: intents, sentiment, kinds of sound.
//!
//! Pure: numbers and labels in, weights and probabilities out.
