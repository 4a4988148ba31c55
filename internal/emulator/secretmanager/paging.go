package secretmanager

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/proto"
)

const (
	// defaultPageSize is what the server picks; small, so that a client that forgets
	// the next page is found out.
	defaultPageSize = 100
	maxPageSize     = 25_000
)

// An item of a list stands at its serial: higher serials are newer and come first.
type item[M proto.Message] struct {
	serial  int64
	message M
}

type listRequest struct {
	parent, filter string
	size           int32
	token          string
}

type page[M proto.Message] struct {
	items []M
	next  string
	total int32 // 0 when a filter is set, as the service has it
}

// paginate filters, sorts newest first, and cuts out one page. What is added between two
// pages is on neither; what is deleted moves nothing.
func paginate[M proto.Message](all []item[M], req listRequest) (page[M], error) {
	var none M
	match, err := parseFilter(req.filter, none.ProtoReflect().Descriptor())
	if err != nil {
		return page[M]{}, err
	}
	size, err := pageSize(req.size)
	if err != nil {
		return page[M]{}, err
	}
	from, err := req.cursor()
	if err != nil {
		return page[M]{}, err
	}
	slices.SortFunc(all, func(a, b item[M]) int { return cmp.Compare(b.serial, a.serial) })
	var out page[M]
	if req.filter == "" {
		out.total = int32(len(all))
	}
	last := int64(0)
	for _, it := range all {
		if it.serial >= from || !match(it.message.ProtoReflect()) {
			continue
		}
		if len(out.items) == size {
			out.next = req.tokenAfter(last)
			break
		}
		out.items, last = append(out.items, it.message), it.serial
	}
	return out, nil
}

func pageSize(asked int32) (int, error) {
	switch {
	case asked < 0:
		return 0, invalid("page_size must not be negative.")
	case asked == 0:
		return defaultPageSize, nil
	}
	return int(min(asked, maxPageSize)), nil
}

// A page token is the last serial and a digest that ties it to its list and filter.
func (r listRequest) tokenAfter(serial int64) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(serial))
	return base64.RawURLEncoding.EncodeToString(append(raw, r.digest(raw)...))
}

func (r listRequest) digest(serial []byte) []byte {
	sum := sha256.Sum256(slices.Concat(serial, []byte(r.parent), []byte{0}, []byte(r.filter)))
	return sum[:8]
}

// cursor is the serial that everything on the page lies below.
func (r listRequest) cursor() (int64, error) {
	if r.token == "" {
		return 1<<63 - 1, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(r.token)
	if err != nil || len(raw) != 16 || !slices.Equal(raw[8:], r.digest(raw[:8])) {
		return 0, invalid("The page token is not valid for this list and filter.")
	}
	return int64(binary.BigEndian.Uint64(raw)), nil
}
