package gcp

import (
	"errors"
	"time"

	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"secretstore/internal/store"
)

// kinds sorts the service's codes. Whatever is not listed, such as a deadline, leaves open
// whether the call had its effect.
var kinds = map[codes.Code]store.Kind{
	codes.NotFound:           store.NotFound,
	codes.PermissionDenied:   store.Denied,
	codes.Unauthenticated:    store.Denied,
	codes.AlreadyExists:      store.Exists,
	codes.FailedPrecondition: store.Stale, // etags and version states alike (source: smdocs/etags)
	codes.Aborted:            store.Stale,
	codes.InvalidArgument:    store.Invalid,
	codes.OutOfRange:         store.Invalid,
	codes.Unimplemented:      store.Invalid,
	codes.ResourceExhausted:  store.Busy,
	codes.Unavailable:        store.Unavailable,
}

// callError translates err of the call op; nil stays nil.
func callError(op string, err error) error {
	if err == nil {
		return nil
	}
	return &store.CallError{Op: op, Kind: kindOf(err), RetryAfter: retryAfter(err)}
}

// kindOf sorts an error of the client, "" for none.
func kindOf(err error) store.Kind {
	if err == nil {
		return ""
	}
	if kind, ok := kinds[status.Code(err)]; ok {
		return kind
	}
	return store.Ambiguous
}

// retryAfter is the delay that the service asked for, 0 for none.
func retryAfter(err error) time.Duration {
	api, ok := errors.AsType[*apierror.APIError](err)
	if !ok || api.Details().RetryInfo == nil {
		return 0
	}
	return api.Details().RetryInfo.GetRetryDelay().AsDuration()
}
