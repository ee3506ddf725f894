package config

import (
	"errors"
	"fmt"
)

// maxEventsCapacity limits the memory of the queue, which is allocated at
// startup.
const maxEventsCapacity = 1 << 20

// Events holds the settings of the queue between requests and event handlers.
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
