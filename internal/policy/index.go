package policy

import "strings"

// indexed is a pattern of a rule, as one environment sees it. A decision looks at those of
// its environment alone, and at a rule itself only where one matches.
type indexed struct {
	prefix string // of glob, up to its first star
	glob   string
	rule   int // its place
}

func (e *indexed) matches(name string) bool {
	return strings.HasPrefix(name, e.prefix) && match(e.glob, name)
}

// prepare builds what decisions look things up in, once the rules are in their order.
func (p *Policy) prepare() {
	p.index = make([][]indexed, len(p.environments))
	for i, r := range p.rules {
		p.passed = append(p.passed, Trial{r.name, ConditionSecrets})
		for _, s := range r.secrets {
			prefix, _, _ := strings.Cut(s.name, "*")
			for env, matched := range s.environments {
				if matched {
					p.index[env] = append(p.index[env], indexed{prefix, s.name, i})
				}
			}
		}
	}
}
