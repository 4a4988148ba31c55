// Package policy decides who may do what to which secret, and whose consent it takes.
//
// A policy is one YAML file: environments, groups, rules, and tests that say what the
// rules should mean. Load reads it and reports everything that is wrong with it at once;
// a file with a single fault gives no policy. Decide answers one question and says which
// rule answered it, or what every rule missed. Gains says who may do more by one
// policy than by another.
//
// The package is pure: it reads no file, asks no service and holds no state, so that the
// same policy and the same question always give the same answer. Who is a member of a
// usergroup of Slack is part of the question.
package policy

import (
	"slices"

	"secretstore/internal/secret"
)

// Policy is a file that Load found no fault in. It never changes.
type Policy struct {
	revision     int64
	hash         string
	environments []Environment
	groups       []Group
	rules        []rule      // in the order of decision: those that deny first
	index        [][]indexed // :: place of an environment -> the patterns about it, rule by rule
	passed       []Trial     // of every rule, as if it were about other secrets
	tests        []Test
	superseded   bool
}

// Environment is a named target: one GCP project.
type Environment struct {
	Name secret.Environment
	// Project is the project's id, never its number.
	Project string
	// Channel is the Slack channel that gets this environment's notices; "" for none.
	Channel string
}

// Revision returns the number the author gave this content, from 1.
func (p *Policy) Revision() int64 { return p.revision }

// Hash returns the SHA-256 of the file's bytes in hex.
func (p *Policy) Hash() string { return p.hash }

// Supersedes reports whether p may take the place of the policy with that revision and
// hash: it is the same content, or its revision is higher.
func (p *Policy) Supersedes(revision int64, hash string) bool {
	return p.hash == hash || p.revision > revision
}

// Environments returns every environment, in the order of the file.
func (p *Policy) Environments() []Environment { return slices.Clone(p.environments) }

// Environment returns the environment of that name, and whether there is one.
func (p *Policy) Environment(name secret.Environment) (Environment, bool) {
	for _, e := range p.environments {
		if e.Name == name {
			return e, true
		}
	}
	return Environment{}, false
}

// Tests returns every test of the file. All of them hold.
func (p *Policy) Tests() []Test { return slices.Clone(p.tests) }

// Rules returns the number of rules.
func (p *Policy) Rules() int { return len(p.rules) }

// For returns whom the rule of that name is for; nobody if there is no such rule.
func (p *Policy) For(rule string) People {
	for i := range p.rules {
		if p.rules[i].name == rule {
			return p.rules[i].who
		}
	}
	return People{}
}
