/*! Written by mdpwa from pwa.toml. */

// … bodies/digest.js

// … bodies/keep.js

// … page/downloads.js
