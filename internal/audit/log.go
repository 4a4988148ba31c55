package audit

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Options says where a log lives.
type Options struct {
	// URL is "sqlite:PATH" or "postgres://…".
	URL string
	// Ephemeral allows a disk that does not outlive the machine: the demo, or a setting that says so aloud.
	Ephemeral bool
	// Clock is time.Now when nil.
	Clock func() time.Time
	// Logger is silent when nil.
	Logger *slog.Logger
}

// Log is the log of one installation. All methods may be called at the same time.
type Log struct {
	*engine
	clock  func() time.Time
	logger *slog.Logger
	origin string

	session session // the writer's own, like edge
	edge    keptEdge
	queue   chan *item
	head    head
	tail    tail

	quit     chan struct{} // closed by Close
	stopped  chan struct{} // closed when the writer has ended
	failed   chan struct{} // closed by fail
	quitOnce sync.Once
	failOnce sync.Once
}

// Open opens the log and makes its tables where there are none. Whatever would make it
// unsafe is refused as a *StartFault: a weak setting, a disk that forgets, a newer
// schema, a log that is shorter than its own newest checkpoint.
func Open(ctx context.Context, o Options) (*Log, error) {
	e, err := openEngine(ctx, o)
	if err != nil {
		return nil, err
	}
	l := newLog(e, o)
	if err := l.start(ctx); err != nil {
		e.close()
		return nil, err
	}
	go l.run()
	return l, nil
}

func newLog(e *engine, o Options) *Log {
	l := &Log{
		engine: e, clock: o.Clock, logger: o.Logger,
		session: session{db: e.write},
		queue:   make(chan *item, maxQueue),
		head:    head{moved: make(chan struct{})},
		quit:    make(chan struct{}), stopped: make(chan struct{}), failed: make(chan struct{}),
	}
	if l.clock == nil {
		l.clock = time.Now
	}
	if l.logger == nil {
		l.logger = slog.New(slog.DiscardHandler)
	}
	return l
}

// start makes the tables and checks what they hold.
func (l *Log) start(ctx context.Context) error {
	if err := prepareSchema(ctx, l.engine); err != nil {
		return err
	}
	var size, newest int64
	if err := l.read.QueryRowContext(ctx, readChain).Scan(&l.origin, &size, &newest); err != nil {
		return startFault(l.engine, err)
	}
	if newest != size {
		return &StartFault{StartDamaged, string(DamageMissing)}
	}
	l.head.advance(size)
	return l.checkNewest(ctx)
}

// Origin is the log's id, made once; it is the name of the key that signs its checkpoints.
func (l *Log) Origin() string { return l.origin }

// Failed is closed when the log closed itself after an I/O error: what follows a failed
// flush can't be trusted, so the process must end with a non-zero status.
func (l *Log) Failed() <-chan struct{} { return l.failed }

func (l *Log) fail() { l.failOnce.Do(func() { close(l.failed) }) }

func (l *Log) hasFailed() bool {
	select {
	case <-l.failed:
		return true
	default:
		return false
	}
}

// Close takes no more writes, finishes those that are waiting, and closes the database.
func (l *Log) Close() error {
	l.quitOnce.Do(func() {
		close(l.quit)
		<-l.stopped
		l.engine.close()
	})
	return nil
}
