package faults

import "testing"

func TestPlanTakesFaultsInOrderAndAsOftenAsAsked(t *testing.T) {
	var p Plan
	p.Add(Fault{Method: "Add*", Kind: Lose, Times: 2})
	p.Add(Fault{Method: "AddSecretVersion", Kind: Refuse, Times: 1, Status: 429})
	if _, ok := p.Take("GetSecret"); ok {
		t.Error("a call that no fault names was hit")
	}
	var got []Kind
	for range 4 {
		if f, ok := p.Take("AddSecretVersion"); ok {
			got = append(got, f.Kind)
		}
	}
	if len(got) != 3 || got[0] != Lose || got[1] != Lose || got[2] != Refuse {
		t.Errorf("faults taken = %v, want lose, lose, refuse", got)
	}
	if n := p.Taken("AddSecretVersion"); n != 3 {
		t.Errorf("Taken = %d, want 3", n)
	}
}

func TestPlanFaultWithoutCountLastsUntilClear(t *testing.T) {
	var p Plan
	p.Add(Fault{Method: "*", Kind: Drop})
	for range 3 {
		if f, ok := p.Take("x"); !ok || f.Status != 503 {
			t.Fatalf("Take = %+v, %v; want a drop with status 503", f, ok)
		}
	}
	p.Clear()
	if _, ok := p.Take("x"); ok {
		t.Error("a fault outlived Clear")
	}
}

func TestPlanTellsWhatIsLeftAndWhatWasHit(t *testing.T) {
	var p Plan
	p.Add(Fault{Method: "*", Kind: Refuse, Times: 2})
	p.Take("x")
	if got := p.All(); len(got) != 1 || got[0].Times != 1 || p.Hits() != 1 {
		t.Errorf("after a hit: %+v and %d hits, want one of each left and made", got, p.Hits())
	}
}

func TestPlanWakesWhoeverLooksAtIt(t *testing.T) {
	var p Plan
	changed, cancel := p.Subscribe()
	defer cancel()
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"add", func() { p.Add(Fault{Method: "*"}) }},
		{"take", func() { p.Take("x") }},
		{"clear", p.Clear},
	} {
		change.do()
		select {
		case <-changed:
		default:
			t.Errorf("%s woke nobody", change.name)
		}
	}
}
