package store

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAChangeStepsAsideForAnswers(t *testing.T) {
	tests := []struct {
		name string
		play func(r *rush) (wait func())
		want time.Duration
	}{
		{"not when its submission is alone", func(r *rush) func() {
			defer r.enter()()
			return r.aside()
		}, 0},
		{"not when nothing is submitted, as after a restart", (*rush).aside, 0},
		{"until the others were answered", func(r *rush) func() {
			leave := r.enter()
			defer r.enter()()
			time.AfterFunc(time.Second, leave)
			return r.aside()
		}, time.Second + rushCalm},
		{"as long as more arrive", func(r *rush) func() {
			leave := r.enter()
			defer r.enter()()
			time.AfterFunc(100*time.Millisecond, leave)
			time.AfterFunc(110*time.Millisecond, func() { time.AfterFunc(200*time.Millisecond, r.enter()) })
			return r.aside()
		}, 310*time.Millisecond + rushCalm},
		{"but not for ever", func(r *rush) func() {
			defer r.enter()()
			r.enter()
			return r.aside()
		}, rushMost},
		{"together with those who wait already", func(r *rush) func() {
			leave := r.enter()
			time.AfterFunc(time.Second, leave)
			done := r.enter()
			r.aside()
			done()
			return r.aside()
		}, time.Second + rushCalm},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				test.play(new(rush))()
				if took := time.Since(begun); took != test.want {
					t.Errorf("it waited %v, want %v", took, test.want)
				}
			})
		})
	}
}

func TestARushEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(rush)
		first, second := r.enter(), r.enter()
		wait := r.aside()
		first()
		second()
		wait()
		begun := time.Now()
		defer r.enter()()
		r.aside()()
		if took := time.Since(begun); took != 0 {
			t.Errorf("the next one, alone, waited %v", took)
		}
	})
}
