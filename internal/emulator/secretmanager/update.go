package secretmanager

import (
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
)

// applyMask copies the named fields of asked and checks them. A named field that asked
// does not have is cleared.
func applyMask(s *secret, asked *pb.Secret, mask []string, now time.Time) error {
	if len(mask) == 0 {
		return required("update_mask")
	}
	for _, path := range mask {
		if err := applyField(s, asked, path, now); err != nil {
			return err
		}
	}
	return nil
}

func applyField(s *secret, asked *pb.Secret, path string, now time.Time) error {
	meta := s.meta
	switch path {
	case "labels":
		meta.Labels = asked.GetLabels()
		return checkLabels(meta.Labels)
	case "annotations":
		meta.Annotations = asked.GetAnnotations()
		return checkAnnotations(meta.Annotations)
	case "version_aliases":
		meta.VersionAliases = asked.GetVersionAliases()
		return checkAliases(meta.VersionAliases, int64(len(s.versions)))
	case "topics":
		meta.Topics = asked.GetTopics()
		return checkTopics(meta)
	case "ttl", "expire_time":
		setExpiry(meta, asked, now)
		return checkExpiry(asked, now)
	case "version_destroy_ttl":
		meta.VersionDestroyTtl = asked.GetVersionDestroyTtl()
		return checkDestroyTTL(meta.VersionDestroyTtl)
	case "rotation", "rotation.next_rotation_time", "rotation.rotation_period":
		applyRotation(meta, asked.GetRotation(), path)
		return checkRotation(meta, now)
	case "etag":
		return nil // a condition, not a field to write
	}
	return invalid("The field [%s] of update_mask is unknown or cannot be changed.", path)
}

func applyRotation(meta *pb.Secret, asked *pb.Rotation, path string) {
	next := &pb.Rotation{NextRotationTime: meta.GetRotation().GetNextRotationTime(), RotationPeriod: meta.GetRotation().GetRotationPeriod()}
	if path != "rotation.rotation_period" {
		next.NextRotationTime = asked.GetNextRotationTime()
	}
	if path != "rotation.next_rotation_time" {
		next.RotationPeriod = asked.GetRotationPeriod()
	}
	meta.Rotation = next
	if next.NextRotationTime == nil && next.RotationPeriod == nil {
		meta.Rotation = nil
	}
}
