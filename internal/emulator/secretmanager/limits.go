package secretmanager

import (
	"regexp"
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/types/known/durationpb"
)

// The service's limits (docs: smdocs/quotas and the comments of resources.proto).
const (
	maxPayload         = 64 << 10
	maxLabels          = 64
	maxLabelBytes      = 128
	maxAnnotationBytes = 128      // of one key
	maxAnnotationsSize = 16 << 10 // of all keys and values, exclusive
	maxAliases         = 50
	maxTopics          = 10
	minRotationLead    = 300 * time.Second
	minRotationPeriod  = 3600 * time.Second
	minDestroyTTL      = 24 * time.Hour
	maxDestroyTTL      = 1000 * 24 * time.Hour
	aCentury           = 100 * 365 * 24 * time.Hour
)

var (
	secretIDPattern      = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	labelKeyPattern      = regexp.MustCompile(`^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$`)
	labelValuePattern    = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$`)
	annotationKeyPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)
	aliasPattern         = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)
	topicPattern         = regexp.MustCompile(`^projects/[^/]+/topics/[^/]+$`)
)

func checkNew(id string, asked *pb.Secret, now time.Time) error {
	if !secretIDPattern.MatchString(id) {
		return invalid("The provided Secret ID [%s] does not match the expected format [[a-zA-Z_0-9]+]", id)
	}
	if asked == nil {
		return required("secret")
	}
	checks := []error{
		checkReplication(asked), checkLabels(asked.GetLabels()), checkAnnotations(asked.GetAnnotations()),
		checkAliases(asked.GetVersionAliases(), 0), checkTopics(asked), checkExpiry(asked, now),
		checkRotation(asked, now), checkDestroyTTL(asked.GetVersionDestroyTtl()),
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkReplication(asked *pb.Secret) error {
	switch r := asked.GetReplication().GetReplication().(type) {
	case *pb.Replication_Automatic_:
	case *pb.Replication_UserManaged_:
		if len(r.UserManaged.GetReplicas()) == 0 {
			return required("secret.replication.user_managed.replicas")
		}
	default:
		return required("secret.replication")
	}
	if asked.GetCustomerManagedEncryption() != nil {
		return invalid("customer_managed_encryption is for secrets of one location; use replication.")
	}
	return nil
}

func checkLabels(labels map[string]string) error {
	if len(labels) > maxLabels {
		return invalid("No more than %d labels can be assigned to a given resource.", maxLabels)
	}
	for key, value := range labels {
		if len(key) > maxLabelBytes || !labelKeyPattern.MatchString(key) {
			return invalid("The label key [%s] is not valid: it must match %s and have at most %d bytes.", key, labelKeyPattern, maxLabelBytes)
		}
		if len(value) > maxLabelBytes || !labelValuePattern.MatchString(value) {
			return invalid("The value of label [%s] is not valid: it must match %s and have at most %d bytes.", key, labelValuePattern, maxLabelBytes)
		}
	}
	return nil
}

func checkAnnotations(annotations map[string]string) error {
	size := 0
	for key, value := range annotations {
		size += len(key) + len(value)
		if len(key) > maxAnnotationBytes || !annotationKeyPattern.MatchString(key) {
			return invalid("The annotation key [%s] is not valid: it must match %s.", key, annotationKeyPattern)
		}
	}
	if size >= maxAnnotationsSize {
		return invalid("The total size of annotation keys and values must be less than 16KiB.")
	}
	return nil
}

// checkAliases takes the newest version number, since an alias needs a version.
func checkAliases(aliases map[string]int64, newest int64) error {
	if len(aliases) > maxAliases {
		return invalid("No more than %d aliases can be assigned to a given secret.", maxAliases)
	}
	for alias, number := range aliases {
		if !aliasPattern.MatchString(alias) || alias == "latest" || alias == "NEW" {
			return invalid("The version alias [%s] is not valid.", alias)
		}
		if number < 1 || number > newest {
			return invalid("The version alias [%s] names version %d, which does not exist.", alias, number)
		}
	}
	return nil
}

func checkTopics(s *pb.Secret) error {
	if len(s.GetTopics()) > maxTopics {
		return invalid("No more than %d topics can be assigned to a given secret.", maxTopics)
	}
	for _, topic := range s.GetTopics() {
		if !topicPattern.MatchString(topic.GetName()) {
			return invalid("The topic [%s] does not match the expected format [projects/*/topics/*].", topic.GetName())
		}
	}
	if s.GetRotation() != nil && len(s.GetTopics()) == 0 {
		return invalid("Secret.topics must be set to configure rotation.")
	}
	return nil
}

func checkExpiry(asked *pb.Secret, now time.Time) error {
	var lead time.Duration
	switch expiry := asked.GetExpiration().(type) {
	case nil:
		return nil
	case *pb.Secret_Ttl:
		lead = expiry.Ttl.AsDuration()
	case *pb.Secret_ExpireTime:
		lead = expiry.ExpireTime.AsTime().Sub(now)
	}
	if lead <= 0 || lead > aCentury {
		return invalid("The expiration must be in the future and at most 100 years away.")
	}
	return nil
}

func checkRotation(s *pb.Secret, now time.Time) error {
	rotation := s.GetRotation()
	if rotation == nil {
		return nil
	}
	next, period := rotation.GetNextRotationTime(), rotation.GetRotationPeriod()
	if next == nil {
		return invalid("Rotation.next_rotation_time must be set to configure rotation.")
	}
	if lead := next.AsTime().Sub(now); lead < minRotationLead || lead > aCentury {
		return invalid("Rotation.next_rotation_time must be at least 300s and at most 100 years in the future.")
	}
	if d := period.AsDuration(); period != nil && (d < minRotationPeriod || d > aCentury) {
		return invalid("Rotation.rotation_period must be at least 3600s and at most 100 years.")
	}
	return checkTopics(s)
}

func checkDestroyTTL(ttl *durationpb.Duration) error {
	if d := ttl.AsDuration(); ttl != nil && d != 0 && (d < minDestroyTTL || d > maxDestroyTTL) {
		return invalid("version_destroy_ttl must be at least 24 hours and at most 1000 days.")
	}
	return nil
}
