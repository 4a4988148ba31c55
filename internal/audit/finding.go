package audit

// Finding is one contradiction inside a log, as precisely as the log can tell.
type Finding struct {
	// First and Last are the records concerned: more than one where they are missing, or
	// where the hash that differs was made of several. Of a checkpoint both are its size.
	First, Last int64
	Code        DamageCode
}

// first is for walks that end at the first contradiction.
func first(f Finding) error {
	if f.Code == DamageMissing {
		return &Damage{f.First, f.Code}
	}
	return &Damage{f.Last, f.Code}
}
