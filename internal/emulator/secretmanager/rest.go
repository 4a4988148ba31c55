package secretmanager

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"

	"connectrpc.com/vanguard"
	"connectrpc.com/vanguard/vanguardgrpc"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
)

// maxRequest is far above the payload limit, so that the service's own error is given.
const maxRequest = 1 << 20

// newHandler serves gRPC as it is and translates REST to gRPC by the google.api.http
// annotations of the services that server has.
func newHandler(server *grpc.Server) (http.Handler, error) {
	jsonCodec := vanguard.WithCodec(func(types vanguard.TypeResolver) vanguard.Codec {
		return &vanguard.JSONCodec{
			MarshalOptions:   protojson.MarshalOptions{Resolver: types},
			UnmarshalOptions: protojson.UnmarshalOptions{Resolver: types},
		}
	})
	transcoder, err := vanguardgrpc.NewTranscoder(server, jsonCodec)
	if err != nil {
		return nil, err
	}
	rest := http.NewCrossOriginProtection().Handler(loopbackOnly(googleStyle(transcoder)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			server.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	}), nil
}

// loopbackOnly refuses a Host that is not this machine: a web page whose own name was
// rebound to 127.0.0.1 must not reach the secrets of a demo.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = strings.Trim(r.Host, "[]")
		}
		if !isLoopback(host) {
			writeError(w, http.StatusForbidden, codes.PermissionDenied, "The emulator answers to loopback names only.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// googleStyle makes up for what the transcoder does otherwise than Google's front end:
// system query parameters, snake_case masks and the shape of errors.
func googleStyle(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			writeError(w, http.StatusBadRequest, codes.InvalidArgument, "The request cannot be read or is too long.")
			return
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		rewriteQuery(r)
		wrapped := &errorWriter{ResponseWriter: w}
		next.ServeHTTP(wrapped, r)
		wrapped.finish()
	})
}

func rewriteQuery(r *http.Request) {
	query := r.URL.Query()
	for _, name := range []string{"alt", "$alt", "prettyPrint", "$prettyPrint", "key", "fields", "$fields", "quotaUser"} {
		query.Del(name)
	}
	for _, name := range []string{"updateMask", "update_mask"} {
		if mask := query.Get(name); mask != "" {
			query.Set(name, lowerCamel(mask))
		}
	}
	r.URL.RawQuery = query.Encode()
}

// lowerCamel turns the field names of a mask into their JSON form. What is in that form
// already stays as it is.
func lowerCamel(mask string) string {
	var out strings.Builder
	upper := false
	for _, c := range mask {
		switch {
		case c == '_':
			upper = true
		case upper:
			out.WriteString(strings.ToUpper(string(c)))
			upper = false
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}

// errorWriter holds an error answer back, so that it can be sent in Google's shape:
// without {"error":{"status":…}} clients cannot tell FAILED_PRECONDITION from
// INVALID_ARGUMENT.
type errorWriter struct {
	http.ResponseWriter
	failed int // HTTP status of the error answer; 0 while there is none
	body   bytes.Buffer
}

func (w *errorWriter) WriteHeader(code int) {
	if code >= 400 {
		w.failed = code
		return
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *errorWriter) Write(p []byte) (int, error) {
	if w.failed != 0 {
		return w.body.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Flush lets the transcoder see an http.Flusher, which it requires.
func (w *errorWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok && w.failed == 0 {
		f.Flush()
	}
}

func (w *errorWriter) finish() {
	if w.failed == 0 {
		return
	}
	var answer struct {
		Code    codes.Code `json:"code"`
		Message string     `json:"message"`
	}
	if err := json.Unmarshal(w.body.Bytes(), &answer); err != nil || answer.Code == codes.OK {
		answer.Code, answer.Message = codeOfHTTP(w.failed), http.StatusText(w.failed)
	}
	// The transcoder calls what it cannot read UNKNOWN and answers 500; our own
	// handlers never do. To Google it is the caller's mistake.
	if answer.Code == codes.Unknown {
		answer.Code, w.failed = codes.InvalidArgument, http.StatusBadRequest
	}
	writeError(w.ResponseWriter, w.failed, answer.Code, answer.Message)
}

func writeError(w http.ResponseWriter, httpStatus int, code codes.Code, message string) {
	w.Header().Del("Content-Length")
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(httpStatus)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"code": httpStatus, "message": message, "status": rpccode.Code_name[int32(code)],
	}})
}
