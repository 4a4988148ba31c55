package sheets

import "slices"

type editors struct {
	Users              []string `json:"users,omitempty"`
	Groups             []string `json:"groups,omitempty"`
	DomainUsersCanEdit bool     `json:"domainUsersCanEdit,omitempty"`
}

type addProtectedRange struct {
	ProtectedRange protectedRange `json:"protectedRange"`
}

type protectedReply struct {
	ProtectedRange protectedRange `json:"protectedRange"`
}

func (a *addProtectedRange) edit(b *book) (any, *apiError) {
	p := a.ProtectedRange
	if _, fault := p.Area.block(b); fault != nil {
		return nil, fault
	}
	if p.ID != 0 && b.protection(p.ID) >= 0 {
		return nil, badRequest("Protected range with id: %d already exists.", p.ID)
	}
	if p.ID == 0 {
		p.ID = b.number()
	}
	b.Protected = append(b.Protected, p)
	return protectedReply{p}, nil
}

func (b *book) protection(id int64) int {
	return slices.IndexFunc(b.Protected, func(p protectedRange) bool { return p.ID == id })
}

type updateProtectedRange struct {
	ProtectedRange protectedRange `json:"protectedRange"`
	Fields         string         `json:"fields"`
}

func (u *updateProtectedRange) edit(b *book) (any, *apiError) {
	m, fault := fieldsOf(u.Fields)
	if fault != nil {
		return nil, fault
	}
	i := b.protection(u.ProtectedRange.ID)
	if i < 0 {
		return nil, badRequest("No protected range with id: %d", u.ProtectedRange.ID)
	}
	p := b.Protected[i]
	if m.has("range") {
		if _, fault := u.ProtectedRange.Area.block(b); fault != nil {
			return nil, fault
		}
		p.Area = u.ProtectedRange.Area
	}
	if m.has("description") {
		p.Description = u.ProtectedRange.Description
	}
	if m.has("warningOnly") {
		p.WarningOnly = u.ProtectedRange.WarningOnly
	}
	if m.has("editors") {
		p.Editors = u.ProtectedRange.Editors
	}
	b.Protected[i] = p
	return nil, nil
}

type createDeveloperMetadata struct {
	DeveloperMetadata developerMetadata `json:"developerMetadata"`
}

type developerMetadata struct {
	MetadataID    int64             `json:"metadataId,omitempty"`
	MetadataKey   string            `json:"metadataKey"`
	MetadataValue string            `json:"metadataValue,omitempty"`
	Visibility    string            `json:"visibility"`
	Location      *metadataLocation `json:"location,omitempty"`
}

type metadataLocation struct {
	LocationType string `json:"locationType,omitempty"`
	Spreadsheet  bool   `json:"spreadsheet,omitempty"`
	SheetID      *int64 `json:"sheetId,omitempty"`
}

// edit refuses an id that is taken: a batch that carries one can be applied once
// (docs: sheets/api/guides/metadata).
func (c *createDeveloperMetadata) edit(b *book) (any, *apiError) {
	m := c.DeveloperMetadata
	if m.MetadataKey == "" || m.Visibility == "" || m.Location == nil {
		return nil, badRequest("Developer metadata must have a key, a visibility and a location.")
	}
	if id := m.Location.SheetID; id != nil && b.tab(*id) == nil {
		return nil, badRequest("No grid with id: %d", *id)
	}
	if m.MetadataID == 0 {
		m.MetadataID = b.number()
	}
	if _, taken := b.Metadata[m.MetadataID]; taken || m.MetadataID < 0 {
		return nil, badRequest("Developer metadata with id: %d already exists.", m.MetadataID)
	}
	if b.Metadata == nil {
		b.Metadata = map[int64]metadata{}
	}
	b.Metadata[m.MetadataID] = metadata{m.MetadataKey, m.MetadataValue, m.Visibility}
	return createDeveloperMetadata{m}, nil
}
