package sheets

import "slices"

// Protection is that of a whole tab, as a person sets it in the menu.
type Protection struct {
	WarningOnly bool
	Editors     []string // addresses; none leaves whoever set it and the owner of the file
}

// Protect puts p in the place of every protection of a tab; nil takes them away.
func (h *Hand) Protect(spreadsheet, tab string, p *Protection) error {
	return h.edit(spreadsheet, tab, 0, open, func(t *tabEdit) error {
		t.book.Protected = slices.DeleteFunc(t.book.Protected, func(old protectedRange) bool { return old.Area.SheetID == t.ID })
		if p != nil {
			t.book.Protected = append(t.book.Protected, protectedRange{
				ID: t.book.number(), Area: area{SheetID: t.ID}, WarningOnly: p.WarningOnly, Editors: &editors{Users: p.Editors},
			})
		}
		return nil
	})
}
