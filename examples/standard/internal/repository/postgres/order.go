package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository/pgerr"
)

// Orders stores orders in PostgreSQL.
type Orders struct {
	db DB
}

// NewOrders returns a repository that uses a pool or a transaction.
func NewOrders(db DB) *Orders {
	return &Orders{db: db}
}

// Create stores a new order.
func (r *Orders) Create(ctx context.Context, item models.Order) error {
	args := orderArgs(item.OrderFields)
	args["id"] = item.ID
	args["owner_id"] = item.OwnerID
	args["version"] = item.Version
	args["created_at"] = item.CreatedAt
	args["updated_at"] = item.UpdatedAt
	_, err := r.db.Exec(ctx, `
		INSERT INTO orders (id, owner_id, customer_id, invoice_to_id, total, status, note, version, created_at, updated_at)
		VALUES (@id, @owner_id, @customer_id, @invoice_to_id, @total, @status, @note, @version, @created_at, @updated_at)`, args)
	return pgerr.Translate(err, "create", "order")
}

// Get returns an order.
func (r *Orders) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Order, error) {
	return one(ctx, r.db, scanOrder, "get", "order", `
		SELECT id, owner_id, customer_id, invoice_to_id, total, status, note, version, created_at, updated_at
		FROM orders
		WHERE id = @id AND owner_id = coalesce(@owner_id, owner_id)`, pgx.NamedArgs{"id": id, "owner_id": ownerOf(scope)})
}

// List returns a page of orders.
func (r *Orders) List(ctx context.Context, query models.OrderQuery) ([]models.Order, error) {
	where, args := orderWhere(query)
	return many(ctx, r.db, scanOrder, "list", "orders", `
		SELECT id, owner_id, customer_id, invoice_to_id, total, status, note, version, created_at, updated_at
		FROM orders
		WHERE `+where+pageOf(query.Page, args), args)
}

// Count returns the number of orders on all pages.
func (r *Orders) Count(ctx context.Context, query models.OrderQuery) (int64, error) {
	where, args := orderWhere(query)
	return one(ctx, r.db, pgx.RowTo[int64], "count", "orders", `
		SELECT count(*)
		FROM orders
		WHERE `+where, args)
}

// orderWhere returns the condition of a query and its values.
func orderWhere(query models.OrderQuery) (string, pgx.NamedArgs) {
	sql, args := `true`, pgx.NamedArgs{}
	if !query.Scope.All {
		sql += ` AND owner_id = @owner_id`
		args["owner_id"] = query.Scope.Owner
	}
	if query.Filter.Status != nil {
		sql += ` AND status = @status`
		args["status"] = query.Filter.Status
	}
	if query.Filter.CustomerID != nil {
		sql += ` AND customer_id = @customer_id`
		args["customer_id"] = query.Filter.CustomerID
	}
	if query.Filter.InvoiceToID != nil {
		sql += ` AND invoice_to_id = @invoice_to_id`
		args["invoice_to_id"] = query.Filter.InvoiceToID
	}
	if query.Search != "" {
		sql += ` AND note ILIKE @q`
		args["q"] = containing(query.Search)
	}
	sql += between("total", query.Ranges.Total, args)
	sql += between("created_at", query.Ranges.CreatedAt, args)
	sql += between("updated_at", query.Ranges.UpdatedAt, args)
	return sql, args
}

// Update replaces the fields of an order.
func (r *Orders) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.OrderFields, at time.Time) (models.Order, error) {
	args := orderArgs(fields)
	args["id"] = id
	args["owner_id"] = ownerOf(scope)
	args["version"] = version
	args["updated_at"] = at
	item, err := one(ctx, r.db, scanOrder, "update", "order", `
		UPDATE orders
		SET customer_id = @customer_id, invoice_to_id = @invoice_to_id, total = @total, status = @status, note = @note, version = version + 1, updated_at = @updated_at
		WHERE id = @id AND (@version = 0 OR version = @version) AND owner_id = coalesce(@owner_id, owner_id)
		RETURNING id, owner_id, customer_id, invoice_to_id, total, status, note, version, created_at, updated_at`, args)
	if version != 0 && apperr.KindOf(err) == apperr.NotFound {
		// Either there is none, or its version is another one.
		if _, err := r.Get(ctx, scope, id); err == nil {
			return models.Order{}, errStale
		}
	}
	return item, err
}

// Delete deletes an order.
func (r *Orders) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	result, err := r.db.Exec(ctx, `
		DELETE FROM orders
		WHERE id = @id AND (@version = 0 OR version = @version) AND owner_id = coalesce(@owner_id, owner_id)`, pgx.NamedArgs{"id": id, "version": version, "owner_id": ownerOf(scope)})
	if err != nil {
		return pgerr.TranslateDelete(err, "order")
	}
	if result.RowsAffected() > 0 {
		return nil
	}
	if _, err := r.Get(ctx, scope, id); err != nil {
		return err
	}
	return errStale
}

// orderArgs returns the values of the columns that clients can set.
func orderArgs(fields models.OrderFields) pgx.NamedArgs {
	return pgx.NamedArgs{
		"customer_id":   fields.CustomerID,
		"invoice_to_id": fields.InvoiceToID,
		"total":         fields.Total,
		"status":        fields.Status,
		"note":          fields.Note,
	}
}

func scanOrder(row pgx.CollectableRow) (models.Order, error) {
	var item models.Order
	err := row.Scan(&item.ID, &item.OwnerID, &item.CustomerID, &item.InvoiceToID, &item.Total, &item.Status, &item.Note, &item.Version, &item.CreatedAt, &item.UpdatedAt)
	return item, err
}
