package secretmanager

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	gcp "cloud.google.com/go/secretmanager/apiv1"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/googleapis/gax-go/v2/callctx"
	locationpb "google.golang.org/genproto/googleapis/cloud/location"
)

// send does one request as a script would and returns status and body.
func send(t *testing.T, s *Server, method, path, body string, header http.Header) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for name, values := range header {
		req.Header[name] = values
		if name == "Host" {
			req.Host = values[0]
		}
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

func TestRESTErrors(t *testing.T) {
	s := startServer(t, Options{})
	if err := s.Console().Create("demo", "s", nil); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, method, path, body string
		code                     int
		status                   string
	}{
		{"a missing secret", "GET", "/v1/projects/demo/secrets/none", "", 404, "NOT_FOUND"},
		{"an unknown project", "GET", "/v1/projects/other/secrets/s", "", 403, "PERMISSION_DENIED"},
		{"a secret that exists", "POST", "/v1/projects/demo/secrets?secretId=s", `{"replication":{"automatic":{}}}`, 409, "ALREADY_EXISTS"},
		{"a stale etag", "DELETE", "/v1/projects/demo/secrets/s?etag=%22old%22", "", 400, "FAILED_PRECONDITION"},
		{"a query parameter that there is not", "GET", "/v1/projects/demo/secrets?colour=red", "", 400, "INVALID_ARGUMENT"},
		{"a field that there is not", "POST", "/v1/projects/demo/secrets?secretId=t", `{"colour":"red"}`, 400, "INVALID_ARGUMENT"},
		{"a body that is not JSON", "POST", "/v1/projects/demo/secrets?secretId=t", `{`, 400, "INVALID_ARGUMENT"},
		{"a body that is too long", "POST", "/v1/projects/demo/secrets?secretId=t", `{"labels":{"a":"` + strings.Repeat("a", maxRequest) + `"}}`, 400, "INVALID_ARGUMENT"},
		{"a path that there is not", "GET", "/v2/projects", "", 404, "NOT_FOUND"},
		{"a verb that there is not", "POST", "/v1/projects/demo/secrets/s:paint", "{}", 404, "NOT_FOUND"},
		{"what is not emulated", "POST", "/v1/projects/demo/secrets/s:rotateSecret", "{}", 501, "UNIMPLEMENTED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, body := send(t, s, tt.method, tt.path, tt.body, nil)
			var answer struct {
				Error struct {
					Code            int
					Message, Status string
				}
			}
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatalf("%d %s: %v", code, body, err)
			}
			if code != tt.code || answer.Error.Code != tt.code || answer.Error.Status != tt.status || answer.Error.Message == "" {
				t.Errorf("answer = %d %s, want %d %s with a message", code, body, tt.code, tt.status)
			}
		})
	}
}

func TestRESTTakesEverySpelling(t *testing.T) {
	s := startServer(t, Options{})
	crc := strconv.FormatInt(checksum([]byte("\xff\xef")), 10)
	steps := []struct{ name, method, path, body string }{
		{"system parameters", "POST", "/v1/projects/demo/secrets?secretId=s&alt=json&prettyPrint=false&%24alt=json%3Benum-encoding%3Dint&key=k", `{"replication":{"automatic":{}},"secretType":50}`},
		{"base64 for URLs and a checksum as text", "POST", "/v1/projects/demo/secrets/s:addVersion", `{"payload":{"data":"_-8=","dataCrc32c":"` + crc + `"}}`},
		{"standard base64", "POST", "/v1/projects/demo/secrets/s:addVersion?alt=json", `{"payload":{"data":"/+8="}}`},
		{"a mask in snake_case", "PATCH", "/v1/projects/demo/secrets/s?updateMask=version_aliases%2Clabels", `{"versionAliases":{"prod":"1"},"labels":{"a":"b"}}`},
		{"a mask in camelCase", "PATCH", "/v1/projects/demo/secrets/s?updateMask=versionDestroyTtl", `{"versionDestroyTtl":"86400s"}`},
		{"enums by name", "GET", "/v1/projects/demo/secrets/s/versions?pageSize=0&filter=state%3AENABLED", ""},
	}
	for _, step := range steps {
		if code, body := send(t, s, step.method, step.path, step.body, nil); code != 200 {
			t.Fatalf("%s: %d %s", step.name, code, body)
		}
	}
	for number := range int64(2) {
		if got, _ := s.Console().Payload("demo", "s", number+1); string(got) != "\xff\xef" {
			t.Errorf("version %d = %x, want ffef", number+1, got)
		}
	}
	if view, _ := s.Console().Secret("demo", "s"); view.Aliases["prod"] != 1 || view.Labels["a"] != "b" {
		t.Errorf("secret = %+v, want alias and label", view)
	}
}

func TestRESTAnswersToLoopbackOnly(t *testing.T) {
	s := startServer(t, Options{})
	tests := []struct {
		name   string
		header http.Header
		code   int
	}{
		{"by address", nil, 200},
		{"by name", http.Header{"Host": {"localhost:8080"}}, 200},
		{"by IPv6 without a port", http.Header{"Host": {"[::1]"}}, 200},
		{"under a name that was rebound", http.Header{"Host": {"evil.example:80"}}, 403},
		{"under a name that only starts well", http.Header{"Host": {"127.0.0.1.evil.example"}}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code, body := send(t, s, "GET", "/v1/projects/demo/secrets", "", tt.header); code != tt.code {
				t.Errorf("answer = %d %s, want %d", code, body, tt.code)
			}
		})
	}
	body := `{"replication":{"automatic":{}}}`
	if code, _ := send(t, s, "POST", "/v1/projects/demo/secrets?secretId=s", body, http.Header{"Origin": {"https://evil.example"}}); code != 403 {
		t.Errorf("a write from another page's origin = %d, want 403", code)
	}
}

func TestStartRefusesOtherAddresses(t *testing.T) {
	for _, listen := range []string{":0", "0.0.0.0:0", "192.0.2.1:80", "example.com:80", "127.0.0.1"} {
		if s, err := Start(Options{Listen: listen}); err == nil {
			t.Errorf("%q was taken", listen)
			_ = s.Close()
		}
	}
}

func TestLocationsAreListed(t *testing.T) {
	runBoth(t, []rule{{"all on one page", func(t *testing.T, _ *Server, c *gcp.Client) {
		first, err := c.ListLocations(t.Context(), &locationpb.ListLocationsRequest{Name: "projects/demo"}).Next()
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.GetLocation(t.Context(), &locationpb.GetLocationRequest{Name: first.GetName()})
		if err != nil || got.GetLocationId() != first.GetLocationId() {
			t.Errorf("location = %v, %v; want %v", got, err, first)
		}
	}}})
}

func TestCallsAreRecordedWithTheirReason(t *testing.T) {
	runBoth(t, []rule{{"one call", func(t *testing.T, s *Server, c *gcp.Client) {
		ctx := callctx.SetHeaders(t.Context(), "x-goog-request-reason", "01HZX")
		_, _ = c.GetSecret(ctx, &pb.GetSecretRequest{Name: secretS})
		want := Call{Method: "GetSecret", Resource: secretS, Reason: "01HZX", Time: newClock().Now()}
		if got := s.Calls(); len(got) != 1 || got[0] != want {
			t.Errorf("calls = %+v, want %+v", got, want)
		}
	}}})
}
