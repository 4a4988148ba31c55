// Package workspace is a Slack workspace on the loopback interface, with one app
// installed in it and people who use that app.
//
// The app under test talks to it as it talks to Slack: the Web API below APIURL, response
// URLs, and either signed HTTP requests to the app or Socket Mode. The test (or the demo)
// plays the people: a Person types commands, fills in and submits modals, presses buttons
// and reads messages. What Slack refuses is refused here with Slack's own error words:
// limits of Block Kit, expired triggers, stale hashes, missing scopes, rate tiers. What
// Slack's client does for the person is done here too: required fields, length limits,
// input that survives an update of the view, the words shown when an app does not answer.
//
// The workspace shares no code with the app or with its Slack library: it has its own wire
// types (plain JSON objects) and its own table of limits, so that an error in one is not
// hidden by the same error in the other. Platform facts come from Slack's documentation
// (docs.slack.dev) unless a comment says otherwise; where Slack documents nothing, the
// comment says that the behaviour is assumed, and the stricter choice was taken.
package workspace
