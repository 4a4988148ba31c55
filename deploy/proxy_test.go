package deploy_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"secretstore/internal/slackapp"
)

// proxied runs nginx by the page's configuration in front of an app, and returns its
// address and a client that trusts it. dir has its logs and temporary files.
func proxied(t *testing.T, dir string, app http.Handler) (string, *http.Client) {
	t.Helper()
	behind, trusted := httptest.NewServer(app), httptest.NewTLSServer(nil)
	t.Cleanup(behind.Close)
	trusted.Close()
	key, err := x509.MarshalPKCS8PrivateKey(trusted.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "fullchain.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.Certificate().Raw}))
	put(t, filepath.Join(dir, "privkey.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	addr := free(t)
	server := strings.NewReplacer(
		"listen 443", "listen "+addr, "http://127.0.0.1:8080", behind.URL,
		"/etc/letsencrypt/live/secretstore.example.com", dir, "/var/log/nginx", dir,
	).Replace(string(read(t, "nginx.conf")))
	around := "pid DIR/pid; daemon off; master_process off; events {}\nhttp {\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		around += kind + "_temp_path DIR/" + kind + ";\n"
	}
	put(t, filepath.Join(dir, "nginx.conf"), []byte(strings.ReplaceAll(around, "DIR", dir)+server+"}\n"))
	nginx(t, dir)
	client := trusted.Client()
	client.Transport.(*http.Transport).TLSClientConfig.ServerName = "example.com" // of the certificate
	return addr, client
}

// nginx checks the configuration in dir, and then runs by it until the test ends.
func nginx(t *testing.T, dir string) {
	t.Helper()
	program := os.Getenv("SECRETSTORE_TEST_NGINX")
	if program == "" {
		program = "nginx"
	}
	args := []string{"-p", dir, "-c", dir + "/nginx.conf", "-e", dir + "/first.log"}
	if out, err := exec.CommandContext(t.Context(), program, append(args, "-t")...).CombinedOutput(); err != nil {
		t.Fatalf("nginx -t: %v: if it is missing, set SECRETSTORE_TEST_NGINX=$(bash .ci/debian nginx)\n%s", err, out)
	}
	server := exec.Command(program, args...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
}

func put(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// free is an address on loopback where nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestTheProxyKeepsBodiesToItself: what the app takes passes whole, and no part of it is
// written anywhere; what is larger is refused.
func TestTheProxyKeepsBodiesToItself(t *testing.T) {
	const canary = "canary-in-a-body-"
	dir := t.TempDir()
	got := make(chan int, 2)
	addr, client := proxied(t, dir, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- len(body)
	}))
	await(t, addr)
	body := bytes.Repeat([]byte(canary), slackapp.MaxBody/len(canary))
	post(t, client, "https://"+addr+"/slack/interactions", body, http.StatusOK)
	if n := <-got; n != len(body) {
		t.Errorf("%d bytes arrived, want %d", n, len(body))
	}
	post(t, client, "https://"+addr+"/slack/interactions", append(body, body...), http.StatusRequestEntityTooLarge)
	post(t, client, "https://"+addr+"/metrics", nil, http.StatusNotFound)
	if log := string(read(t, dir+"/secretstore-error.log")); strings.Contains(log, "temporary file") {
		t.Errorf("nginx wrote a body to a disk:\n%s", log)
	}
	for _, name := range []string{"secretstore.log", "secretstore-error.log", "first.log"} {
		if bytes.Contains(read(t, filepath.Join(dir, name)), []byte("canary")) {
			t.Errorf("%s has a part of a body", name)
		}
	}
}

// await returns when somebody listens.
func await(t *testing.T, addr string) {
	t.Helper()
	for range 200 {
		if c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true}); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("nginx does not listen")
}

func post(t *testing.T, client *http.Client, url string, body []byte, want int) {
	t.Helper()
	answer, err := client.Post(url, "application/x-www-form-urlencoded", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != want {
		t.Errorf("%s with %d bytes: %s, want %d", url, len(body), answer.Status, want)
	}
}
