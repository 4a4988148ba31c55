package secretmanager

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

// required has the service's words (hashicorp/terraform-provider-google#8766).
func required(field string) error { return invalid("Field [%s] is required.", field) }

// denied does not say whether the resource exists
// (GoogleCloudPlatform/k8s-config-connector#711).
func denied(permission, name string) error {
	return status.Errorf(codes.PermissionDenied, "Permission '%s' denied for resource '%s' (or it may not exist).", permission, name)
}

func secretNotFound(name string) error {
	return status.Errorf(codes.NotFound, "Secret [%s] not found.", name)
}

func versionNotFound(name string) error {
	return status.Errorf(codes.NotFound, "Secret Version [%s] not found.", name)
}

// inState has the words that consumers match on (external-secrets/external-secrets#1951).
func inState(name, state string) error {
	return status.Errorf(codes.FailedPrecondition, "Secret Version [%s] is in %s state.", name, state)
}

// checkEtag accepts no etag as unconditional. A stale one is FAILED_PRECONDITION, not
// ABORTED (docs: smdocs/etags).
func checkEtag(given, current, name string) error {
	if given == "" || given == current {
		return nil
	}
	return status.Errorf(codes.FailedPrecondition, "The etag provided for [%s] does not match its current etag.", name)
}
