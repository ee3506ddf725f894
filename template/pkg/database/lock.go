package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	// lockName is the collection of the lock. It has at most one document.
	lockName = "schema_lock"

	// leaseTime is how long a lock is held without renewal. It is how long others
	// wait for a replica that was killed, and the clocks of replicas must differ
	// by less.
	leaseTime = 15 * time.Second

	// renewalPause is the interval between renewals.
	renewalPause = leaseTime / 5

	// lockAttempts is how often a replica checks, once a lockPause, whether
	// another one is done.
	lockAttempts = 600
	lockPause    = time.Second
)

// errLockLost means that a lock could not be renewed in time.
var errLockLost = errors.New("the lock was lost, and another replica may migrate the database")

// lock is a lock that one replica at a time holds.
type lock struct {
	locks  *mongo.Collection
	holder bson.ObjectID
}

// locked calls do while no other replica migrates. The context of do ends if the
// lock is lost.
func locked(ctx context.Context, db *mongo.Database, do func(ctx context.Context) error) (err error) {
	held := lock{locks: db.Collection(lockName), holder: bson.NewObjectID()}
	if err := held.wait(ctx); err != nil {
		return err
	}
	defer func() {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime)
		defer cancel()
		_, failed := held.locks.DeleteOne(after, held.filter("holder", held.holder))
		err = errors.Join(err, failed)
	}()
	within, cancel := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		held.renew(within, cancel)
	}()
	err = do(within)
	if cause := context.Cause(within); err != nil && errors.Is(cause, errLockLost) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	cancel(nil)
	<-renewed
	return err
}

// wait takes the lock as soon as nobody else holds it.
func (l lock) wait(ctx context.Context) error {
	for range lockAttempts {
		taken, err := l.take(ctx)
		if err != nil || taken {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPause):
		}
	}
	return errors.New("another replica has migrated the database for too long")
}

// take makes one attempt and reports whether the replica now holds the lock.
func (l lock) take(ctx context.Context) (bool, error) {
	expired := l.filter("expires_at", bson.D{{Key: "$lte", Value: time.Now()}})
	_, err := l.locks.UpdateOne(ctx, expired, l.lease(), options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) {
		return false, nil // the lock exists, and has not expired
	}
	return err == nil, err
}

// renew extends the lease until the context ends. If it can't, it ends the
// context itself before the lease does.
func (l lock) renew(ctx context.Context, end context.CancelCauseFunc) {
	until := time.Now().Add(leaseTime - renewalPause)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(renewalPause):
		}
		within, cancel := context.WithTimeout(ctx, renewalPause)
		started := time.Now()
		result, err := l.locks.UpdateOne(within, l.filter("holder", l.holder), l.lease())
		cancel()
		if err == nil && result.MatchedCount == 1 {
			until = started.Add(leaseTime - renewalPause)
		}
		if err == nil && result.MatchedCount == 0 || time.Now().After(until) {
			end(errLockLost)
			return
		}
	}
}

// filter matches the lock if a field of it has a value.
func (l lock) filter(field string, value any) bson.D {
	return bson.D{{Key: "_id", Value: "migrations"}, {Key: field, Value: value}}
}

// lease returns the update that makes this replica the holder.
func (l lock) lease() bson.D {
	return bson.D{{Key: "$set", Value: bson.D{
		{Key: "holder", Value: l.holder},
		{Key: "expires_at", Value: time.Now().Add(leaseTime)},
	}}}
}
