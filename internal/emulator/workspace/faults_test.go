package workspace

import (
	"testing"
	"time"

	"secretstore/internal/emulator/faults"
)

func TestFaultsHitTheCallTheyName(t *testing.T) {
	tests := []struct {
		name    string
		fault   faults.Fault
		word    string
		effects int
	}{
		{"refuse has no effect", faults.Fault{Kind: faults.Refuse, Status: 503}, "http_503", 0},
		{"lose carries it out and fails all the same", faults.Fault{Kind: faults.Lose, Status: 500}, "http_500", 1},
		{"drop answers nothing and does nothing", faults.Fault{Kind: faults.Drop}, "no_answer", 0},
		{"cut answers nothing but did it", faults.Fault{Kind: faults.Cut}, "no_answer", 1},
		{"slow answers as usual", faults.Fault{Kind: faults.Slow, Delay: time.Millisecond}, "", 1},
		{"an error word comes in a 200", faults.Fault{Kind: faults.Refuse, Error: "fatal_error"}, "fatal_error", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, a := startApp(t, Options{})
			tt.fault.Method, tt.fault.Times = "chat.postMessage", 1
			w.Faults().Add(tt.fault)
			_, err := a.call("chat.postMessage", obj{"channel": "C0GENERAL", "text": "x"})
			if (err != nil) != (tt.word != "") {
				t.Errorf("the call gave %v", err)
			}
			calls := w.Calls()
			if len(calls) != 1 || calls[0].Error != tt.word || calls[0].Args["text"] != "x" {
				t.Errorf("recorded %+v, want the word %q", calls, tt.word)
			}
			if got := len(w.Person("U0ALICE").Messages("C0GENERAL")); got != tt.effects {
				t.Errorf("%d messages were posted, want %d", got, tt.effects)
			}
		})
	}
}

func TestLateEffectComesAfterTheAnswer(t *testing.T) {
	w, a := startApp(t, Options{})
	w.Faults().Add(faults.Fault{Method: "chat.*", Kind: faults.Late, Times: 1, Delay: time.Millisecond})
	_, res, err := a.post("chat.postMessage", obj{"channel": "C0GENERAL", "text": "late"})
	if err == nil || res.StatusCode != 503 {
		t.Errorf("the answer was %v", err)
	}
	if _, err := w.Person("U0BOB").AwaitMessage(within(t), func(m Message) bool { return m.Text == "late" }); err != nil {
		t.Error(err)
	}
}

func TestRateTiers(t *testing.T) {
	tests := []struct {
		method string
		body   obj
		fits   int
	}{
		{"usergroups.list", obj{}, 20},
		{"conversations.info", obj{"channel": "C0GENERAL"}, 50},
		{"users.info", obj{"user": "U0ALICE"}, 100},
		{"chat.postMessage", obj{"channel": "C0GENERAL", "text": "x"}, postBurst},
	}
	for _, tt := range tests {
		t.Run(tt.method, func(t *testing.T) {
			c := newClock()
			_, a := startApp(t, Options{Clock: c.read, Quotas: true})
			for i := range tt.fits {
				if _, err := a.call(tt.method, tt.body); err != nil {
					t.Fatalf("call %d gave %v", i+1, err)
				}
			}
			_, res, err := a.post(tt.method, tt.body)
			wantWord(t, err, "ratelimited")
			wait, parsed := time.ParseDuration(res.Header.Get("Retry-After") + "s")
			if res.StatusCode != 429 || parsed != nil || wait <= 0 {
				t.Fatalf("over the tier: status %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
			}
			c.advance(wait)
			_, err = a.call(tt.method, tt.body)
			wantWord(t, err, "")
		})
	}
}
