// Package secret is the ground floor: the words that every other package speaks.
//
// It holds the names of environments and secrets, the actions people may ask for, the
// ids of people, the value itself and the recipes that turn typed text into stored
// bytes. Whatever can be wrong with what a person sent is a Fault: a code and a place,
// never the text that was wrong.
//
// The package imports nothing of this module.
package secret
