package workspace

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

func TestSocketModeURLWorksOnce(t *testing.T) {
	w, _ := startApp(t, Options{})
	open := func() string { return socketURL(t, w) }
	url := open()
	conn, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, res, err := websocket.DefaultDialer.Dial(url, nil); err == nil || res.StatusCode != 404 {
		t.Errorf("the second use of a URL gave %v", err)
	}
	for range maxSockets - 1 {
		more, _, err := websocket.DefaultDialer.Dial(open(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer more.Close()
	}
	if err := w.AwaitSockets(within(t), maxSockets); err != nil {
		t.Fatal(err)
	}
	extra, _, err := websocket.DefaultDialer.Dial(open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer extra.Close()
	_, frame, err := extra.ReadMessage()
	if err != nil || !strings.Contains(string(frame), "too_many_websockets") {
		t.Errorf("connection %d got %s, %v", maxSockets+1, frame, err)
	}
}

func TestEnvelopesTakeTurnsBetweenConnections(t *testing.T) {
	w, _ := startApp(t, Options{})
	w.SetAppURL("")
	got := make(chan int, 4)
	for i := range 2 {
		conn, _, err := websocket.DefaultDialer.Dial(socketURL(t, w), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		go func() {
			for {
				in := obj{}
				if conn.ReadJSON(&in) != nil {
					return
				}
				if str(in, "type") == "slash_commands" {
					got <- i
					_ = conn.WriteJSON(obj{"envelope_id": in["envelope_id"]})
				}
			}
		}()
	}
	if err := w.AwaitSockets(within(t), 2); err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for range 4 {
		if _, err := w.Person("U0ALICE").Command(within(t), "/secret", ""); err != nil {
			t.Fatal(err)
		}
		seen[<-got]++
	}
	if seen[0] != 2 || seen[1] != 2 {
		t.Errorf("the connections got %v envelopes; want two each", seen)
	}
}
