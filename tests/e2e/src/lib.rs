//! Helpers of the end-to-end tests: starting our programs and others', and reading what they left.
