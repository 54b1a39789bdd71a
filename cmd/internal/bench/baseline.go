package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"
)

// readLoop reads a CSV file and does nothing with it: what a program needs at the least that parses every row.
func readLoop(_ context.Context, args []string) error {
	return eachRow(args[0], func([]string) {})
}

// hashLoop hashes a file as it lies there: what a program needs at the least that is to know whether it is the same.
func hashLoop(_ context.Context, args []string) error {
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	h := xxh3.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, 256<<10)); err != nil {
		return err
	}
	fmt.Printf("%x\n", h.Sum64())
	return nil
}

func eachRow(path string, do func(row []string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		do(row)
	}
}

// diffLoop finds the rows that two files don't have in common, as csvdiff does: a hash of each row by a hash of its key, in a map.
// It stands in where csvdiff is not installed; csvdiff formats what it finds besides.
func diffLoop(_ context.Context, args []string) error {
	before := map[uint64]uint64{}
	if err := eachRow(args[0], func(row []string) { before[xxh3.HashString(row[0])] = hashOf(row) }); err != nil {
		return err
	}
	added, changed := 0, 0
	err := eachRow(args[1], func(row []string) {
		key := xxh3.HashString(row[0])
		switch was, there := before[key]; {
		case !there:
			added++
		case was != hashOf(row):
			changed++
		}
		delete(before, key)
	})
	fmt.Println(added, changed, len(before))
	return err
}

func hashOf(row []string) uint64 {
	var h xxh3.Hasher
	for _, field := range row {
		_, _ = h.WriteString(field) // a hash takes everything
		_, _ = h.WriteString("\x00")
	}
	return h.Sum64()
}

// postLoop posts the users of a feed: a bare client, which keeps nothing and asks nothing. Its arguments are the target's address,
// the seed and rows of the feed, how many to post, and how many at a time.
func postLoop(ctx context.Context, args []string) error {
	var n [4]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(args[i+1]); err != nil {
			return err
		}
	}
	f, creates, workers := newFeed(uint64(n[0]), n[1]), n[2], n[3]
	bodies := make([][]byte, creates)
	for i := range bodies {
		bodies[i] = f.body(f.person(i, dayOne))
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	token, err := tokenOf(client, args[0])
	if err != nil {
		return err
	}
	var next atomic.Int64
	var posting sync.WaitGroup
	errs := make(chan error, workers)
	for range workers {
		posting.Go(func() {
			for i := next.Add(1) - 1; i < int64(creates); i = next.Add(1) - 1 {
				if err := post(ctx, client, args[0], token, bodies[i]); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	posting.Wait()
	close(errs)
	return <-errs
}

func post(ctx context.Context, client *http.Client, base, token string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/users", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Clarus-Subdomain", "acme")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("post user: %s", resp.Status)
	}
	return nil
}

func tokenOf(client *http.Client, base string) (string, error) {
	resp, err := client.PostForm(base+"/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"rosterd"}, "client_secret": {"sandbox-secret"}})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return answer.Token, err
}
