// Package publish follows the log and brings it to the sheet, and to people.
//
// The Publisher writes every record to one cell range that is computed from the record's
// number; the Notifier tells the people concerned, and asks those who decide. Both keep
// their place as a watermark in the log, under a lease, so that any replica goes on where
// the last one stopped.
//
// What was told to whom is remembered in the log too: a change, a recipient and a kind make
// one message, which is brought up to date in place. What no record asks for, such as a
// reminder, is told by a patrol, beside them.
//
// Checkpoints of the log stand signed in a tab of their own. At the start the Witness holds
// the log against the newest of them: one that was put back to an earlier state is neither
// published nor signed.
//
// Sheets and Slack are behind interfaces declared here. Neither being down loses
// anything: the log is the record, the sheet and the messages are views of it.
package publish
