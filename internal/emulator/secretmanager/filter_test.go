package secretmanager

import (
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func filterSubject() *pb.Secret {
	return &pb.Secret{
		Name: "projects/123/secrets/payments-db-host", Replication: automatic(),
		CreateTime:     timestamppb.New(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		Labels:         map[string]string{"team": "payments", "env": "prod"},
		Annotations:    map[string]string{"secretstore.op": "01ABC"},
		VersionAliases: map[string]int64{"prod": 3},
		Topics:         []*pb.Topic{{Name: "projects/p/topics/t1"}, {Name: "projects/p/topics/t2"}},
		Rotation:       &pb.Rotation{RotationPeriod: durationpb.New(2 * time.Hour)},
	}
}

func TestFilterDecides(t *testing.T) {
	tests := []struct {
		name, filter string
		want         bool
	}{
		{"the empty filter passes all", "  ", true},
		{"a colon is a substring of the id", "name:db", true},
		{"a word alone is a substring of the id", "db-host", true},
		{"the project's number is in nobody's name", "name:123", false},
		{"equality takes the id", "name=payments-db-host", true},
		{"equality takes the full name", "name=projects/123/secrets/payments-db-host", true},
		{"equality is not a substring", "name=payments", false},
		{"a label by its value", "labels.team=payments", true},
		{"a label of another value", "labels.team=infra", false},
		{"a label that is absent", "labels.owner=payments", false},
		{"not a label that is absent", "NOT labels.owner=payments", true},
		{"a minus negates too", "-labels.team=payments", false},
		{"a label is present", "labels.team:*", true},
		{"a label's key", "labels:env", true},
		{"a label's key that is absent", "labels:owner", false},
		{"an annotation whose key has dots", "annotations.secretstore.op=01ABC", true},
		{"a space means AND", "labels.team=payments labels.env=dev", false},
		{"AND", "labels.team=payments AND labels.env=prod", true},
		{"OR", "labels.env=dev OR labels.env=prod", true},
		{"OR binds closer than AND", "labels.env=prod OR name:x AND name:nothing", false},
		{"parentheses", "(name:nothing AND labels.env=prod) OR labels.team=payments", true},
		{"a list of values", "labels.env=(dev OR prod)", true},
		{"a list of values, negated", "NOT labels.env=(dev OR prod)", false},
		{"before a time", "create_time<2026-03-02T00:00:00Z", true},
		{"after a date", "createTime>2026-03-02", false},
		{"within a range", "create_time>=2026-03-01T12:00:00Z AND create_time<=2026-03-01T12:00:00Z", true},
		{"automatic replication", "replication.automatic:*", true},
		{"user-managed replication", "replication.user_managed:*", false},
		{"any of the topics", "topics.name:t2", true},
		{"none of the topics", "topics.name:t3", false},
		{"an alias by its number", "version_aliases.prod=3", true},
		{"a duration", "rotation.rotation_period<3h", true},
		{"expiry that is absent", "expire_time>2020-01-01", false},
		{"a quoted value", `labels.team="payments"`, true},
		{"unequal", "labels.team!=infra", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := parseFilter(tt.filter, filterSubject().ProtoReflect().Descriptor())
			if err != nil {
				t.Fatal(err)
			}
			if got := m(filterSubject().ProtoReflect()); got != tt.want {
				t.Errorf("%s passes = %v, want %v", tt.filter, got, tt.want)
			}
		})
	}
}

func TestFilterOfVersionsKnowsStates(t *testing.T) {
	v := &pb.SecretVersion{Name: "projects/123/secrets/s/versions/4", State: pb.SecretVersion_DISABLED}
	for filter, want := range map[string]bool{
		"state:ENABLED": false, "state=DISABLED": true, "state!=DISABLED": false,
		"state:(ENABLED OR DISABLED)": true, "name:4": true,
	} {
		m, err := parseFilter(filter, v.ProtoReflect().Descriptor())
		if err != nil || m(v.ProtoReflect()) != want {
			t.Errorf("%s: want %v (error: %v)", filter, want, err)
		}
	}
}

func TestFilterRefuses(t *testing.T) {
	tests := []struct{ name, filter string }{
		{"an unknown field", "colour:red"},
		{"a field of something that has none", "etag.x:1"},
		{"no value", "name:"},
		{"no value before a keyword", "name: AND labels.a=b"},
		{"an open parenthesis", "(name:a"},
		{"a parenthesis too many", "name:a)"},
		{"an open quotation", `name:"a`},
		{"a keyword alone", "AND"},
		{"an ending OR", "name:a OR"},
		{"a time that is none", "create_time<yesterday"},
		{"a comparison of a message", "replication.automatic=yes"},
		{"parentheses nested too deep", strings.Repeat("(", 1000) + "name:a" + strings.Repeat(")", 1000)},
		{"a filter that is too long", "name:" + strings.Repeat("a", maxFilter)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parseFilter(tt.filter, filterSubject().ProtoReflect().Descriptor()); err == nil {
				t.Errorf("%.40s was taken", tt.filter)
			}
		})
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"name:abc", "labels.k=v AND NOT state:ENABLED", "(a OR b) c", "create_time<2026-03-01T12:00:00Z",
		`labels."x"=y`, "labels.env=(dev OR prod)", "-name:a", "NOT(", "version_aliases.prod>=2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		for _, subject := range []protoreflect.Message{
			filterSubject().ProtoReflect(), (&pb.SecretVersion{State: pb.SecretVersion_ENABLED}).ProtoReflect(),
		} {
			m, err := parseFilter(filter, subject.Descriptor())
			if err != nil {
				continue
			}
			negated, err := parseFilter("NOT ("+filter+")", subject.Descriptor())
			if err == nil && strings.TrimSpace(filter) != "" && negated(subject) == m(subject) {
				t.Errorf("%q and its negation agree", filter)
			}
		}
	})
}
