package state

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/mattn/go-sqlite3"
)

// connector opens connections that have the function seal.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

// openDB is sql.Open with it.
func openDB(dsn string) *sql.DB {
	return sql.OpenDB(connector{&sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		return c.RegisterFunc("seal", seal, true)
	}}, dsn})
}

// Connect is driver.Connector's.
func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

// Driver is driver.Connector's.
func (c connector) Driver() driver.Driver { return c.driver }
