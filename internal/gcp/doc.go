// Package gcp speaks with Google: Secret Manager over gRPC and Sheets over REST, both by
// the official clients. It is the only package outside the emulator that imports them.
//
// Every error that leaves it is one of our own types, without a word of Google's text:
// that text may quote what was sent. Payload logging of the clients is silenced whatever
// the environment says (source: gax-go internallog prints payloads at debug level).
package gcp
