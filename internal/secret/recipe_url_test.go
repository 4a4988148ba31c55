package secret

import (
	"net/url"
	"strings"
	"testing"
)

// postgres is a complete input; change alters it.
func postgres(change func(*Input)) Input {
	in := Input{Scheme: "postgres", User: "app", Password: stored("p4ss"), Host: "db.example.com", Port: "5432", Database: "shop"}
	change(&in)
	return in
}

func TestURL(t *testing.T) {
	runRecipe(t, URL, []recipeCase{
		{"all parts", postgres(func(*Input) {}), "postgres://app:p4ss@db.example.com:5432/shop", nil},
		{"only what must be", Input{Scheme: "redis", Host: "cache"}, "redis://cache", nil},
		{"a password without a user", Input{Scheme: "redis", Host: "cache", Password: stored("p4")}, "redis://:p4@cache", nil},
		{"a user without a password", postgres(func(in *Input) { in.Password = Value{} }), "postgres://app@db.example.com:5432/shop", nil},
		{"every sign of a password is escaped", postgres(func(in *Input) { in.Password = stored("a:b@c/d?e#f%g+h &i=[é]~.-_") }),
			"postgres://app:a%3Ab%40c%2Fd%3Fe%23f%25g%2Bh%20%26i%3D%5B%C3%A9%5D~.-_@db.example.com:5432/shop", nil},
		{"so is every sign of a user", postgres(func(in *Input) { in.User = "a:b@c" }), "postgres://a%3Ab%40c:p4ss@db.example.com:5432/shop", nil},
		{"and of a database", postgres(func(in *Input) { in.Database = "/a/b c" }), "postgres://app:p4ss@db.example.com:5432/a%2Fb%20c", nil},
		{"a scheme with its signs", postgres(func(in *Input) { in.Scheme = " MongoDB+srv:// " }), "mongodb+srv://app:p4ss@db.example.com:5432/shop", nil},
		{"an IPv4 address", postgres(func(in *Input) { in.Host = " 10.0.0.7 " }), "postgres://app:p4ss@10.0.0.7:5432/shop", nil},
		{"an IPv6 address", postgres(func(in *Input) { in.Host = "2001:DB8::1" }), "postgres://app:p4ss@[2001:db8::1]:5432/shop", nil},
		{"an IPv6 address in brackets", postgres(func(in *Input) { in.Host = "[::1]" }), "postgres://app:p4ss@[::1]:5432/shop", nil},
		{"a host with an underscore", postgres(func(in *Input) { in.Host = "db_1.svc." }), "postgres://app:p4ss@db_1.svc.:5432/shop", nil},
		{"nothing", Input{}, "", []string{"url_scheme: empty", "url_host: empty"}},
		{"a scheme of bad form", postgres(func(in *Input) { in.Scheme = "1http" }), "", []string{"url_scheme: bad_scheme"}},
		{"a scheme with a path", postgres(func(in *Input) { in.Scheme = "http://x" }), "", []string{"url_scheme: bad_scheme"}},
		{"a host with a port", postgres(func(in *Input) { in.Host = "db:5432" }), "", []string{"url_host: port_in_host"}},
		{"a whole URL for a host", postgres(func(in *Input) { in.Host = "https://db/x" }), "", []string{"url_host: bad_host"}},
		{"a user in the host", postgres(func(in *Input) { in.Host = "a@db" }), "", []string{"url_host: bad_host"}},
		{"a host with an empty label", postgres(func(in *Input) { in.Host = "db..com" }), "", []string{"url_host: bad_host"}},
		{"a host with a space", postgres(func(in *Input) { in.Host = "d b" }), "", []string{"url_host: bad_host"}},
		{"a host that is too long", postgres(func(in *Input) { in.Host = strings.Repeat("a.", 127) + "com" }), "", []string{"url_host: bad_host"}},
		{"an IPv6 address with a zone", postgres(func(in *Input) { in.Host = "fe80::1%eth0" }), "", []string{"url_host: bad_host"}},
		{"a broken IPv6 address", postgres(func(in *Input) { in.Host = "[::1" }), "", []string{"url_host: bad_host"}},
		{"port 0", postgres(func(in *Input) { in.Port = "0" }), "", []string{"url_port: bad_port limit 65535"}},
		{"a port beyond the last", postgres(func(in *Input) { in.Port = "65536" }), "", []string{"url_port: bad_port limit 65535"}},
		{"a port with a sign", postgres(func(in *Input) { in.Port = "+1" }), "", []string{"url_port: bad_port limit 65535"}},
		{"a port that is none", postgres(func(in *Input) { in.Port = "hunter2" }), "", []string{"url_port: bad_port limit 65535"}},
		{"options behind the database", postgres(func(in *Input) { in.Database = "shop?sslmode=require" }),
			"postgres://app:p4ss@db.example.com:5432/shop%3Fsslmode%3Drequire", []string{"~url_database: query_in_database at 1:5"}},
		{"doubts about parts stand on their fields", postgres(func(in *Input) { in.User, in.Password = "app ", stored("changeme") }),
			"postgres://app%20:changeme@db.example.com:5432/shop", []string{"~url_user: edge_whitespace", "~password: placeholder"}},
		{"a password that is no text", postgres(func(in *Input) { in.Password = stored("\xff") }), "", []string{"password: not_utf8 at 1:1"}},
		{"all faults at once", Input{Scheme: "?", Host: "?", Port: "?"}, "", []string{"url_scheme: bad_scheme", "url_host: bad_host", "url_port: bad_port limit 65535"}},
	})
}

// TestURLIsReadByNetURL takes the URL apart with the standard library.
func TestURLIsReadByNetURL(t *testing.T) {
	const signs = "a:b@c/d?e#f%g+h &;$,[é]=~.-_\"'<>\\^`{|}\t"
	in := postgres(func(in *Input) { in.User, in.Password, in.Database = "u"+signs, stored("p"+signs), "d"+signs })
	u, err := url.Parse(string(URL.Encode(in).Value.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	if u.User.Username() != "u"+signs || password != "p"+signs || u.Path != "/d"+signs || u.Host != "db.example.com:5432" ||
		u.RawQuery+u.Fragment != "" {
		t.Errorf("read as %#v", u)
	}
}
