package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// policyVerbs is what happens to the policy of a running app, and to its readiness.
func policyVerbs() map[string]verb {
	return map[string]verb{
		"policy": {"policy FILE", 1, playPolicy},
		"reload": {"reload", 0, playReload},
		"logs":   {"logs TEXT...", 1, playLogs},
		"ready":  {"ready yes|no", 1, playReady},
	}
}

// playPolicy puts a file in the place of the policy file. The app does not know yet.
func playPolicy(_ context.Context, p *player, args []string) error {
	text, err := os.ReadFile(p.path(args[0]))
	if err != nil {
		return err
	}
	p.say("policy", args[0])
	return os.WriteFile(p.path("policy.yaml"), text, 0o600)
}

// playReload asks the app to read its policy again, and waits until it did.
func playReload(ctx context.Context, p *player, _ []string) error {
	before := reloads(p.logged())
	p.mu.Lock()
	err := p.child.Process.Signal(syscall.SIGHUP)
	p.mu.Unlock()
	if err != nil {
		return err
	}
	p.say("reload")
	return until(ctx, func() error {
		if reloads(p.logged()) == before {
			return errors.New("the app did not read its policy again")
		}
		return nil
	})
}

// reloads counts the outcomes of loading a policy.
func reloads(log string) int {
	return strings.Count(log, `"a policy is in force"`) + strings.Count(log, `"the new policy is refused, the old one stays"`)
}

func playLogs(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		log := p.logged()
		for _, text := range args {
			if !strings.Contains(log, text) {
				return fmt.Errorf("the log does not say %q", text)
			}
		}
		return nil
	})
}

// playReady waits until the probe says so.
func playReady(ctx context.Context, p *player, args []string) error {
	want := http.StatusOK
	if args[0] == "no" {
		want = http.StatusServiceUnavailable
	}
	return until(ctx, func() error {
		response, err := http.Get("http://" + p.addr + "/ready")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != want {
			return fmt.Errorf("/ready answers %s", response.Status)
		}
		return nil
	})
}
