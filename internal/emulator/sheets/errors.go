package sheets

import (
	"fmt"
	"time"
)

// apiError is a refusal as Google words it.
type apiError struct {
	code       int // HTTP status
	message    string
	retryAfter time.Duration // whole seconds; 0: no header
}

func badRequest(format string, args ...any) *apiError {
	return &apiError{code: 400, message: fmt.Sprintf(format, args...)}
}

// within names the sub-request that was refused, as spreadsheets.batchUpdate does.
func (e *apiError) within(n int, kind string) *apiError {
	return &apiError{code: e.code, message: fmt.Sprintf("Invalid requests[%d].%s: %s", n, kind, e.message)}
}

func (e *apiError) wire() errorReply {
	return errorReply{errorBody{Code: e.code, Message: e.message, Status: canonical[e.code]}}
}

// canonical :: HTTP status -> google.rpc.Code (docs: google.rpc.Code)
var canonical = map[int]string{
	400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
	409: "ABORTED", 413: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL",
	501: "UNIMPLEMENTED", 502: "UNAVAILABLE", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}

// faultWords is what the service says with a status when it gives no particulars.
func faultWords(status int) string {
	switch status {
	case 400:
		return "Request contains an invalid argument."
	case 401:
		return "Request had invalid authentication credentials."
	case 403:
		return "The caller does not have permission"
	case 404:
		return "Requested entity was not found."
	case 429:
		return quotaWords("Write", "user")
	case 503:
		return "The service is currently unavailable."
	case 504:
		return "Deadline expired before operation could complete."
	}
	return "Internal error encountered."
}

type errorReply struct {
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Status  string `json:"status"`
}
