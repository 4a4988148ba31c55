// Package publish follows the log and brings it to the sheet, and to people.
//
// The Publisher writes every record to one cell range that is computed from the record's
// number; the Notifier tells the people concerned. Both keep their place as a watermark
// in the log, under a lease, so that any replica goes on where the last one stopped.
//
// Sheets and Slack are behind interfaces declared here. Neither being down loses
// anything: the log is the record, the sheet and the messages are views of it.
package publish
