package database

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// openServer returns a new database on the server of the environment, which is
// dropped when the test ends.
func openServer(t *testing.T) *mongo.Database {
	t.Helper()
	address := os.Getenv("MONGO_URL")
	if address == "" {
		t.Skip("MONGO_URL is not set")
	}
	client, err := mongo.Connect(options.Client().ApplyURI(address))
	require.NoError(t, err)
	db := client.Database("test_" + bson.NewObjectID().Hex())
	t.Cleanup(func() {
		ctx := context.Background() // the context of the test is done during cleanup
		require.NoError(t, db.Drop(ctx))
		require.NoError(t, client.Disconnect(ctx))
	})
	return db
}

func TestLockIsRenewedUntilItIsLost(t *testing.T) {
	db := openServer(t)
	locks := db.Collection(lockName)
	expiry := func() time.Time {
		var lease struct {
			ExpiresAt time.Time `bson:"expires_at"`
		}
		require.NoError(t, locks.FindOne(t.Context(), bson.D{}).Decode(&lease))
		return lease.ExpiresAt
	}

	err := locked(t.Context(), db, func(ctx context.Context) error {
		first := expiry()
		require.Eventually(t, func() bool { return expiry().After(first) }, leaseTime, 100*time.Millisecond)
		_, err := locks.DeleteMany(ctx, bson.D{})
		require.NoError(t, err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(leaseTime):
			return nil
		}
	})

	require.ErrorIs(t, err, errLockLost)
	require.ErrorIs(t, err, context.Canceled)
}

func TestLockIsReleased(t *testing.T) {
	db := openServer(t)
	for range 2 {
		called := false
		require.NoError(t, locked(t.Context(), db, func(context.Context) error {
			called = true
			return nil
		}))
		require.True(t, called)
		count, err := db.Collection(lockName).CountDocuments(t.Context(), bson.D{})
		require.NoError(t, err)
		require.Zero(t, count)
	}
}
