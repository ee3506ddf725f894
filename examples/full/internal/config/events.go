package config

import (
	"errors"
	"fmt"
)

// maxEventsCapacity bounds the memory of the queue, which is made at start-up.
const maxEventsCapacity = 1 << 20

// Events is about the queue between the requests and the event handlers.
type Events struct {
	Capacity int `env:"EVENTS_CAPACITY" envDefault:"1024"`
	Workers  int `env:"EVENTS_WORKERS" envDefault:"4"`
}

func (e *Events) check(Env) error {
	problems := []error{
		positive("EVENTS_CAPACITY", e.Capacity),
		positive("EVENTS_WORKERS", e.Workers),
	}
	if e.Capacity > maxEventsCapacity {
		problems = append(problems, fmt.Errorf("EVENTS_CAPACITY: must be at most %d, not %d", maxEventsCapacity, e.Capacity))
	}
	return errors.Join(problems...)
}
