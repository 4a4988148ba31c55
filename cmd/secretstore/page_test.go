package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"secretstore/internal/emulator/page/pagetest"
)

// openPage sets a stage whose app runs, and sits down at its page.
func openPage(t *testing.T) (*player, *pagetest.Browser) {
	t.Helper()
	p := newPlayer(t, t.TempDir(), false)
	served, err := startPage(t.Context(), p.stage, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(served.Close)
	return p, pagetest.Open(t, served.URL())
}

func TestASecretIsCreatedOnThePage(t *testing.T) {
	p, b := openPage(t)
	b.Sees("You are Carol")
	b.Fill("Message #general, or / for a command", "/sec")
	b.Key(pagetest.Tab)
	b.Type("cre")
	b.Sees("Create a secret")
	b.Key(pagetest.Tab)
	b.Type("dev/db-password")
	b.Press("Send")
	b.Sees("Create a secret", "Kind of value")
	b.Holds("Name", "db-password")
	b.Fill("Value", "<put the password here>")
	b.Fill("Why?", "new orders database")
	b.Press("Create")
	b.Wrong("Value", "This looks like a placeholder.")
	b.Holds("Value", "<put the password here>")
	b.Fill("Value", "correct-horse-battery-staple")
	b.Press("Create")
	b.Sees("dev/db-password was created, version 1")
	if stored, ok := p.manager.Console().Payload("acme-dev", "db-password", 1); string(stored) != "correct-horse-battery-staple" {
		t.Errorf("Secret Manager holds %q, %v", stored, ok)
	}
	b.Misses("correct-horse-battery-staple")
	b.Press("History") // a button of the result opens another view
	b.Sees("new orders database")
	b.Key(pagetest.Escape)
}

func TestEverybodySitsAtTheSamePage(t *testing.T) {
	_, b := openPage(t)
	b.Say("/secret help")
	b.Sees("Only visible to you", "What /secret can do")
	b.Press("What may I do?")
	b.Sees("What you may do")
	b.Key(pagetest.Escape)
	b.Press("Stranger")
	b.Sees("You are Stranger")
	b.Misses("What /secret can do")
	b.Press("Mina")
	b.Say("/secret create dev/korean")
	b.Sees("시크릿 만들기")
	b.Press("취소")
	b.Misses("시크릿 만들기")
}

func TestAFormOnASmallScreenIsReadFromItsTitleOn(t *testing.T) {
	_, b := openPage(t)
	b.Resize(360, 800)
	b.Reads("Carol", "Bob", "Stranger", "developer, payments", "Slack", "Secret Manager", "Tours")
	b.Press("Start: Create a secret")
	b.Say("/secret create dev/db-password")
	b.Sees("Step 2 of 6")
	b.Reads("Create a secret", "Environment", "Name")
	b.Press("Take me there")
	b.Reads("Value", "Create")
}

func TestTheLanguageOfThePageIsThatOfItsPeople(t *testing.T) {
	p, b := openPage(t)
	b.Say("/secret create dev/db-password")
	b.Sees("Create a secret", "Environment") // the form, no longer the view that is loading
	b.Choose("Language", "한국어")
	b.Sees("둘러보기", "개발자, 결제 팀", "Create a secret") // what is open stays as it is
	b.Press("Cancel")
	b.Say("/secret create dev/db-password")
	b.Sees("시크릿 만들기")
	b.Fill("값", "correct-horse-battery-staple")
	b.Press("만들기")
	b.Sees("버전 1")
	if got := locale(p, "U0BOB"); got != "ko-KR" {
		t.Errorf("Bob's Slack is in %s", got)
	}
	b.Choose("언어", "English")
	b.Sees("Tours")
	if carol, mina := locale(p, "U0CAROL"), locale(p, "U0MINA"); carol != "en-US" || mina != "ko-KR" {
		t.Errorf("Carol's Slack is in %s, Mina's in %s", carol, mina)
	}
}

// locale is the language of somebody's Slack.
func locale(p *player, user string) string {
	for _, u := range p.slack.Users() {
		if u.ID == user {
			return u.Locale
		}
	}
	return ""
}

func TestARowOfTheAuditSheetIsReadWhole(t *testing.T) {
	p, b := openPage(t)
	playLines(t, p, "as Carol", "type '/secret create dev/db-password'", "sees 'Value'", "fill value 'correct-horse-battery-staple'", "submit", "sees 'was created'")
	b.Press("Audit sheet")
	b.Sees("18 columns: scroll sideways, or choose a row to read all of it below.")
	b.PressCell("applied")
	rows := p.sheet.Hand().Rows(stageSheet, "audit-1")
	row := slices.IndexFunc(rows, func(cells []string) bool { return slices.Contains(cells, "applied") })
	b.Sees(fmt.Sprintf("Row %d, every cell", row+1), "decided_by nothing")
	for i, content := range rows[row] {
		if content != "" {
			b.Sees(rows[0][i] + " " + content)
		}
	}
	b.Press("Close the row")
	b.Misses("every cell")
	b.Focused("applied")
	b.Press(fmt.Sprintf("All of row %d", row+1))
	b.Sees("every cell")
}

func TestWhatSlackLeavesUnexplainedThePageExplains(t *testing.T) {
	p, b := openPage(t)
	before := len(p.sheet.Hand().Rows(stageSheet, "audit-1"))
	b.Press("Stranger")
	b.Say("/secret create dev/db-password")
	b.Sees("dispatch_failed", "it comes from a workspace that it does not serve. It counted it, recorded nothing", "(the app answered 403)")
	if after := len(p.sheet.Hand().Rows(stageSheet, "audit-1")); after != before {
		t.Errorf("%d rows became %d", before, after)
	}
	p.kill()
	b.Press("Carol")
	b.Say("/secret list")
	b.Sees("the app does not run at the moment")
}

func TestAKilledAppComesBackWhereItWas(t *testing.T) {
	p, b := openPage(t)
	b.Resize(1280, 800)
	before := "http://" + p.addr + "/ready"
	b.Press("Faults")
	b.Press("Kill the app and start it again")
	b.Reads("The app is back.")
	answer, err := http.Get(before)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s answers %s", before, answer.Status)
	}
}

func TestARingThatStandsStillDrawsNoFrames(t *testing.T) {
	_, b := openPage(t)
	b.Press("Start: Create a secret")
	b.Sees("Step 1 of 6")
	if n := b.Frames(); n > 0 {
		t.Errorf("%d of 30 frames were drawn though nothing happened", n)
	}
	b.Press("Bob")
	b.Sees("First switch to Carol")
	if n := b.Frames(); n > 0 {
		t.Errorf("%d of 30 frames were drawn though nothing happened", n)
	}
}
