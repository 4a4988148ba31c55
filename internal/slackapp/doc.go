// Package slackapp is everything between Slack and the store.
//
// A request passes in this order, over HTTP and Socket Mode alike:
//
//	http, socket   take it in: size, method, deadline, answer
//	verify, replay prove that Slack sent it, now, and once (HTTP only: frames of a
//	               socket are not signed, trust is TLS and the app token)
//	decode         reads only what the app uses; typed values go straight into secret.Value
//	identity       app, workspace and organisation are ours
//	Handler        command, modal, submission, message: what the person gets to see
//
// What fails before the Handler is a Refusal: a status, a counter and nothing else. No
// refusal says, logs or keeps any of what was sent.
//
// people and limit answer "who is this" and "how often"; client is the only way out to
// Slack, and its errors are SlackErrors: no text of Slack's or of a transport.
package slackapp
