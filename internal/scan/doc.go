// Package scan is the leak guard: it finds secrets in what a change adds to a repository
// and never calls a change clean that it has not seen scanned.
//
// The engine is GitGuardian's ggshield, run as a subprocess. What it is worth knowing of
// ggshield is that it exits 0 on many scans that did not happen, and that a pull request
// can hide files from it or turn it off. So this package
//
//   - reads the git objects itself, by object ids, with an environment in which nothing of
//     the tree counts (git.go, objects.go, history.go);
//   - makes documents of the lines that a change adds, each line with its origin, whatever
//     a file is named and whatever bytes it holds (lines.go, document.go);
//   - hands these to "ggshield secret scan docset" from an empty folder, with a
//     configuration and an environment of its own (ggshield.go);
//   - believes the answer only if every document came back, every canary among them was
//     found, and nothing else was said (judge.go).
//
// Why docset and not commit-range, as probed on the pinned version: commit-range parses
// "git show" and loses whole commits over a quoted file name; it drops files by path, by
// attributes of the tree, by NUL bytes and by size, without a word; and it turns answers of
// 500, 503 and 401 into exit code 0. docset parses no git, drops no path, and fails on all of
// those; what it still drops (refused calls, large documents, short answers) shows as a
// document that did not come back. The price is that lines have to be mapped here.
//
// The verdict is clean, leaks or inconclusive. Only clean may be green. No report holds a
// character of a match or an unkeyed hash of one, and no text of ggshield is passed on.
package scan
