package scan

import (
	"context"
	"runtime"
	"sync"

	"github.com/zricethezav/gitleaks/v8/detect"
)

// Names of the engines.
const (
	engineGGShield = "ggshield"
	engineGitleaks = "gitleaks"
)

// gitleaksVersion is told in reports.
const gitleaksVersion = "8.30.1"

// gitleaks searches documents on this machine: a second opinion, and all there is for the
// pull request of a fork, to which GitHub gives no key. It knows no live credential from a
// dead one and is no substitute for GitGuardian's engine.
//
// The library is given text alone. With a path it would leave out vendored folders, lock
// files and whatever else its rules allow; as a reader of git it passes over what it can't
// read without a word; and its comment "gitleaks:allow" is the author's own excuse.
func gitleaks(ctx context.Context, docs []document) ([]hit, error) {
	detector, err := detector()
	if err != nil {
		return nil, problem(EngineFailed, engineGitleaks)
	}
	found := make([][]hit, len(docs))
	var workers sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(docs)) {
		workers.Go(func() {
			for i := range next {
				found[i] = leaksIn(ctx, detector, i, docs[i])
			}
		})
	}
	for i := range docs {
		next <- i
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil { // the library stops in silence and returns what it has
		return nil, problem(TimeLimit)
	}
	var hits []hit
	for _, some := range found {
		hits = append(hits, some...)
	}
	return hits, nil
}

// detector is made once: the library's constructor goes through a variable of a package,
// which two scans at the same time would both write. It keeps no state between documents.
var detector = sync.OnceValues(func() (*detect.Detector, error) {
	d, err := detect.NewDetectorDefaultConfig()
	if err == nil {
		d.IgnoreGitleaksAllow = true
		d.MaxDecodeDepth = 3 // base64 of base64 of a key, and URLs around it
	}
	return d, err
})

func leaksIn(ctx context.Context, detector *detect.Detector, i int, doc document) []hit {
	var hits []hit
	//lint:ignore SA1019 DetectContext takes no other type
	fragment := detect.Fragment{Raw: doc.text(), StartLine: 1}
	for _, f := range detector.DetectContext(ctx, fragment) {
		last := min(max(f.EndLine, f.StartLine), len(doc.lines))
		hits = append(hits, hit{
			document: i, engine: engineGitleaks, detector: f.RuleID,
			parts: []span{{min(f.StartLine, last), last}},
		})
	}
	return hits
}
