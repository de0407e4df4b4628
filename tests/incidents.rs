//! A catalogue of what has gone wrong with tools of this kind, and of what could: one test each, with the real
//! program, each shown to be harmless here. What is refused says what happened, whom it concerns and which command
//! helps; the refusals are snapshots.
//!
//! | told of | what happened there | here |
//! |---|---|---|
//! | ssosync #194, #236, #278 | an empty answer meant "everybody left", and the company was deleted | `source`, `tenant` |
//! | kubernetes/org #4365 | a hole in the limits, and all members of a team were removed | `policy` |
//! | user-sync | a limit was exceeded, the rest went on, and the exit code was 0 | `policy` |
//! | octoDNS | a flag was half set, and something else was applied than was reviewed | `processes` |
//! | sync-team #116 | the tool took its own maker's access away | `policy` |
//! | several | somebody whom security had blocked was unblocked by a nightly run | `people` |

mod people;
mod policy;
mod processes;
mod scene;
mod source;
mod tenant;
