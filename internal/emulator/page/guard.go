package page

import (
	"net"
	"net/http"
)

// policy lets the page load what it brings itself and nothing else. Styles and scripts stand
// in files alone.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard keeps other sites out: a name that resolves to this machine (DNS rebinding) by its
// Host, a form or a fetch of another page by its Origin, a frame by the policy.
func guard(next http.Handler) http.Handler {
	own := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		switch {
		case !isLoopback(hostOf(r.Host)):
			http.Error(w, "This page answers to 127.0.0.1 and localhost alone.", http.StatusMisdirectedRequest)
		case foreign(r):
			http.Error(w, "This page takes requests of its own alone.", http.StatusForbidden)
		default:
			own.ServeHTTP(w, r)
		}
	})
}

// foreign reports whether the page of another origin asks, reads included. Whoever sends no
// Origin and is no browser's script is a navigation or a program on this machine.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return true
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

func hostOf(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport
	}
	return host
}

// isLoopback knows addresses and the one name that browsers never look up.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
