// Package page is the emulators in a browser: a workspace like Slack beside a console like
// Google's. It shows what the emulators hold, and does what people do at their keyboards:
// they type commands, fill in and submit modals, press buttons, change secrets and cells
// by hand, and switch faults on.
//
// The page is plain HTML, CSS and JavaScript from the folder static, as it is: no build
// step, nothing from elsewhere. Its truth is the emulators': the browser holds no state that
// a reload could lose, but what was typed into a field within the last moment. It is served
// on the loopback interface alone, to pages of its own alone (guard.go).
//
// One tab is one Go file with its part of the API below /api/, and one ES module with
//
//	export function mount(root, page)
//
// where page is what app.js offers to all of them. A change in a service reaches the open
// pages as a server-sent event of /events, named after the tab; the tab then asks again for
// what it shows.
package page
