package publish_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	emulator "secretstore/internal/emulator/sheets"
	"secretstore/internal/publish"
	"secretstore/internal/wording"
)

// alarms is a channel that is told by an announcing notifier, with the answers it gives.
type alarms struct {
	said    []string
	answers []publish.PostErrorKind
}

func (a *alarms) announce(_ context.Context, channel, text string) (publish.Posted, error) {
	a.said = append(a.said, channel+" "+text)
	if len(a.answers) > 0 {
		kind := a.answers[0]
		if a.answers = a.answers[1:]; kind != "" {
			return publish.Posted{}, &publish.PostError{Kind: kind}
		}
	}
	return publish.Posted{Channel: channel, TS: "1"}, nil
}

// parkedFor parks publishers, started one after the other, for an hour each.
func parkedFor(t *testing.T, a *alarms, channel string, starts int) {
	t.Helper()
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(20)
		w.publishFor(10 * time.Second)
		if err := w.server.Hand().SetCell("first", "audit-1", "E22", "note to self"); err != nil {
			t.Fatal(err)
		}
		w.record(1)
		n := publish.NewNotifier(publish.NotifierOptions{
			Feed: w.log, Notices: w.log, Announce: a.announce, Alarms: func() string { return channel },
		})
		for range starts {
			p := w.publisher(w.log)
			p.Alarm = n.Parked
			stop := w.run(p)
			time.Sleep(time.Hour)
			stop()
		}
	})
}

func TestAParkedSheetIsToldToAChannelOnceAndSaysWhatToDo(t *testing.T) {
	a := new(alarms)
	parkedFor(t, a, "C0OPS", 3)
	if len(a.said) != 1 {
		t.Fatalf("said %d times: %q", len(a.said), a.said)
	}
	for _, want := range []string{"C0OPS ", "Row 22 of tab audit-1 in spreadsheet 1", "record 21", "Nothing is lost", "version history"} {
		if !strings.Contains(a.said[0], want) {
			t.Errorf("nothing says %q: %s", want, a.said[0])
		}
	}
}

func TestAnAlarmThatCouldNotBePostedIsToldLater(t *testing.T) {
	toldLater(t, func(t *testing.T, a *alarms) { parkedFor(t, a, "C0OPS", 1) })
}

// toldLater expects that what a play announces once is posted again where it was surely not
// posted and may still be.
func toldLater(t *testing.T, play func(*testing.T, *alarms)) {
	tests := []struct {
		name    string
		answers []publish.PostErrorKind
		posts   int
	}{
		{"while Slack is down", []publish.PostErrorKind{publish.PostLater, publish.PostLater}, 3},
		{"not when it may be there", []publish.PostErrorKind{publish.PostUnknown}, 1},
		{"not when it never can be", []publish.PostErrorKind{publish.PostNever}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := &alarms{answers: test.answers}
			play(t, a)
			if len(a.said) != test.posts {
				t.Errorf("%d posts: %q", len(a.said), a.said)
			}
		})
	}
}

func TestWithoutAChannelNobodyIsTold(t *testing.T) {
	a := new(alarms)
	parkedFor(t, a, "", 1)
	if len(a.said) > 0 {
		t.Errorf("said %q", a.said)
	}
}

// TestEveryReasonToParkHasASentence: whole, in every language.
func TestEveryReasonToParkHasASentence(t *testing.T) {
	reasons := []publish.ParkReason{publish.ParkOccupied, publish.ParkShifted, publish.ParkMissing, publish.ParkRefused,
		publish.ParkGone, publish.ParkFull, publish.ParkGap, publish.ParkRestored}
	said := make(map[string]bool)
	for _, language := range wording.Languages() {
		for _, reason := range reasons {
			text := publish.Parked{Reason: reason, Seq: 4711, Spreadsheet: 2, Tab: "audit-5", Row: 9}.Sentence(language)
			if said[text] || !strings.Contains(text, "4711") || strings.ContainsAny(text, "{}") {
				t.Errorf("%s, %s: %q", language.Language, reason, text)
			}
			said[text] = true
		}
	}
}

func TestEveryPlaceIsAnAlarmOfItsOwn(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(20)
		stop := w.run(w.publisher(w.log))
		time.Sleep(10 * time.Second)
		edit := func(cell, text string) {
			t.Helper()
			if err := w.server.Hand().SetCell("first", "audit-1", cell, text); err != nil {
				t.Fatal(err)
			}
		}
		edit("E22", "here")
		edit("E23", "and here")
		w.record(3)
		time.Sleep(6 * time.Minute)
		edit("E22", "")
		time.Sleep(6 * time.Minute)
		stop()
		var rows []int
		for _, alarm := range w.alarmed() {
			rows = append(rows, alarm.Row)
		}
		if diff := cmp.Diff([]int{22, 23}, rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestAnAlarmThatFailsIsRaisedAgain(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.server.Hand().Share("first", false)
		w.record(1)
		p := w.publisher(w.log)
		raised := 0
		p.Alarm = func(context.Context, publish.Parked) error {
			if raised++; raised < 3 {
				return errors.New("nobody heard it")
			}
			return nil
		}
		stop := w.run(p)
		time.Sleep(time.Hour)
		stop()
		if raised != 3 {
			t.Errorf("raised %d times", raised)
		}
	})
}
