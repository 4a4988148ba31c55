package audit_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"secretstore/internal/audit"
)

// childURL, when set, makes this binary the process that TestKill kills.
const childURL = "AUDIT_TEST_CHILD_URL"

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		os.Exit(submitForEver(url, os.Getenv(childURL+"_ROUND")))
	}
	os.Exit(m.Run())
}

// submitForEver submits changes from eight goroutines and prints the key of each that was
// acknowledged.
func submitForEver(url, round string) int {
	ctx := context.Background()
	l, err := audit.Open(ctx, audit.Options{URL: url, Ephemeral: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	failed := make(chan error)
	for worker := range 8 {
		go func() {
			for n := 0; ; n++ {
				c := change(n)
				c.ID = fmt.Sprintf("%s-%d-%d", round, worker, n)
				c.Key = c.ID
				if _, _, err := l.Submit(ctx, c, requested(c), requested(c)); err != nil {
					failed <- err
				}
				os.Stdout.WriteString(c.Key + "\n") // one write a line
			}
		}()
	}
	fmt.Fprintln(os.Stderr, <-failed)
	return 1
}

// TestKillLosesNothingAcknowledged kills a process with SIGKILL at random points of its
// work, again and again on one database. What was acknowledged must be there, whole, and
// the numbers without gaps.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	const rounds = 5
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	onBoth(t, func(t *testing.T, url string) {
		for round := range rounds {
			acknowledged := killAfter(t, url, round, 1+random.IntN(300))
			l := open(t, url)
			for _, key := range acknowledged {
				if found, err := l.Find(t.Context(), audit.Query{Key: key}); err != nil || len(found) != 1 {
					t.Fatalf("%s was acknowledged and is not there (%v)", key, err)
				}
			}
			changes, err := l.Find(t.Context(), audit.Query{Limit: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			whole(t, l, 2*int64(len(changes)))
			l.Close()
		}
	})
}

// killAfter starts a child, kills it after so many acknowledgements, and returns them all.
func killAfter(t *testing.T, url string, round, count int) (keys []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childURL+"="+url, fmt.Sprintf("%s_ROUND=%d", childURL, round))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		keys = append(keys, lines.Text())
		if len(keys) == count {
			child.Process.Kill()
		}
	}
	child.Wait()
	if len(keys) < count {
		t.Fatalf("the child ended by itself after %d of %d", len(keys), count)
	}
	return keys
}
