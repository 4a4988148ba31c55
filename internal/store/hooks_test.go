package store_test

import (
	"context"
	"runtime"
	"sync"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// hooks run once when a store reaches a point: "before" or "after" a write to the log
// ("Submit", "Advance applying") or to Secret Manager ("Add", "Update").
type hooks struct {
	mu sync.Mutex
	at map[string]func()
}

func (h *hooks) on(point string, f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at == nil {
		h.at = make(map[string]func())
	}
	h.at[point] = f
}

func (h *hooks) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = nil
}

func (h *hooks) reach(point string) {
	h.mu.Lock()
	f := h.at[point]
	delete(h.at, point)
	h.mu.Unlock()
	if f != nil {
		f()
	}
}

// around reaches the points before and after f.
func around[T any](h *hooks, point string, f func() (T, error)) (T, error) {
	h.reach("before " + point)
	out, err := f()
	h.reach("after " + point)
	return out, err
}

// crash makes the process that reaches the point do nothing more, and tells when it did.
func (h *hooks) crash(point string) (crashed <-chan struct{}) {
	done := make(chan struct{})
	h.on(point, func() {
		close(done)
		runtime.Goexit() // one goroutine works on a change
	})
	return done
}

type hookedLog struct {
	store.Log
	*hooks
}

func (l hookedLog) Submit(ctx context.Context, c audit.Change, r ...audit.Record) (stored audit.Change, fresh bool, err error) {
	stored, err = around(l.hooks, "Submit", func() (audit.Change, error) {
		stored, fresh, err = l.Log.Submit(ctx, c, r...)
		return stored, err
	})
	return stored, fresh, err
}

func (l hookedLog) Advance(ctx context.Context, step audit.Step) (audit.Change, error) {
	return around(l.hooks, "Advance "+string(step.To), func() (audit.Change, error) { return l.Log.Advance(ctx, step) })
}

type hookedSecrets struct {
	store.Secrets
	*hooks
}

func (s hookedSecrets) Get(ctx context.Context, t store.Target) (store.Secret, error) {
	return around(s.hooks, "Get", func() (store.Secret, error) { return s.Secrets.Get(ctx, t) })
}

func (s hookedSecrets) Create(ctx context.Context, t store.Target, p store.Patch) (store.Secret, error) {
	return around(s.hooks, "Create", func() (store.Secret, error) { return s.Secrets.Create(ctx, t, p) })
}

func (s hookedSecrets) Update(ctx context.Context, t store.Target, p store.Patch) (store.Secret, error) {
	return around(s.hooks, "Update", func() (store.Secret, error) { return s.Secrets.Update(ctx, t, p) })
}

type hookedVersions struct {
	store.Versions
	*hooks
}

func (v hookedVersions) Add(ctx context.Context, t store.Target, b secret.Value) (secret.Version, error) {
	return around(v.hooks, "Add", func() (secret.Version, error) { return v.Versions.Add(ctx, t, b) })
}

func (v hookedVersions) SetState(ctx context.Context, t store.Target, n secret.Version, to store.State, etag string) error {
	_, err := around(v.hooks, "SetState", func() (struct{}, error) { return struct{}{}, v.Versions.SetState(ctx, t, n, to, etag) })
	return err
}
