package main

// csvFeeds are what a feed has to keep to be read as a complete snapshot.
func csvFeeds() []guard {
	const file, rows, oddities, reading = "sources/csv/file.go", "sources/csv/rows.go", "sources/csv/oddities.go", "sources/csv/reading.go"
	test := func(name string) scenario { return scenario{"sources/csv", name} }
	return []guard{
		{"a file that is still arriving is not read", "4.1", never(file, "age < c.Settle"), script("a_file_that_is_still_arriving_is_not_read")},
		{"a file from the future never settles", "4.1", never(file, "age < 0").
			second("it was changed less long ago than settle", never(file, "age < c.Settle")), test("TestFiles")},
		{"a stale feed is not read", "4.1; HR file", never(file, "c.MaxAge > 0 && age > c.MaxAge"), test("TestFiles")},
		{"a file that grew or was written to while it was read is incomplete", "4.1",
			never(file, "is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime())"), test("TestFilesChange")},
		{"a file that another one replaced while it was read is incomplete", "4.1", never(file, "!os.SameFile(at, was)"), test("TestChanged")},
		{"a file that joins the pattern while it is read is missed by nobody", "4.1", never(file, "!slices.Contains(paths, path)"), test("TestFilesChange")},
		{"what changed is found after the last row", "4.1", never(reading, "is := r.changed(); is != nil"), test("TestFilesChange")},
		{"a folder that can't be read is no empty one", "4.1; incident 4", replaced("sources/csv/glob.go", "return nil, explain(dir, err)", "continue"), test("TestFiles")},
		{"a header that names a needed column twice is refused", "4.1", never("sources/csv/names.go", "j, double := first[name]; double"), test("TestHeader")},
		{"a delimiter that is not certain is not guessed", "4.1", never("sources/csv/delimiter.go", "len(fit) == 1"), test("TestHeader")},
		{"the files of one snapshot have the same columns", "4.1", never("sources/csv/feed.go", "missing >= 0"), script("csv_from_several_files")},
		{"a file that ends within quotes is torn", "4.1; incident 23", replaced("sources/csv/grammar.go", "return shut, unclosed", "return shut, whole"), test("TestRows")},
		{"a last row with too few fields is torn", "4.1", never(rows, "sp.open && n < r.width"), script("an_incomplete_file_sends_nothing")},
		{"a last row that ends within a character is torn", "4.1; incident 23", never(rows, "sp.open && r.codec.cut(rec[at:])"), test("TestRows")},
		{"a last row without a line ending may be torn", "4.1", never(rows, "sp.open && !r.proven && !r.closed(rec)"), script("a_torn_last_row_switches_nobody_off")},
		{"nothing that a row says is believed which may be torn", "4.1", never("sync/reconcile/entries.go", "e.Open && out.Key != \"\""), script("a_torn_last_row_switches_nobody_off")},
		{"a row of another width is held", "4.1", never(rows, "n != r.width"), test("TestRows")},
		{"a row that is not in the encoding is held", "4.1; incident 23", replaced(rows, "at := r.codec.undecodable(rec)", "at := -1"), test("TestRows")},
		{"a stray quote over several lines may have swallowed rows", "4.1", never(rows, "kind == misshapen && sp.lines"), test("TestRows")},
		{"a stray quote whose row's end is not certain ends the read", "4.1", never("sources/csv/scanner.go", "!s.certain(b[:n])"), test("TestRows")},
		{"a quote that is never closed does not eat the file", "4.1", never("sources/csv/scanner.go", "sh == more && len(b) == s.max+2"), test("TestRows")},
		{"over 1 % of rows of another shape are another structure", "4.1", never(oddities, "many(o.misshapen)"), test("TestRows")},
		{"over 1 % of rows that can't be decoded are another encoding", "4.1; incident 23", never(oddities, "many(o.unreadable)"), test("TestEncodings")},
		{"UTF-8 is not read as an encoding of one byte", "4.1; incident 23", never(oddities, "o.utf8 >= sureRows && o.other == 0"), test("TestEncodings")},
		{"a trailer that is missing is a missing end", "4.1; HR file", replaced("sources/csv/trailer.go", "if found == nil {", "if found == nil {\n\t\treturn 0, false, nil\n\t}\n\tif found == nil {"), script("csv_as_an_old_system_writes_it")},
		{"a trailer's count has to be right", "4.1; HR file", always("sources/csv/trailer.go", "said == rows"), script("csv_as_an_old_system_writes_it")},
		{"a trailer in the middle shows that files were joined", "4.1", never(rows, "r.trailer.is(rec)"), test("TestSettings")},
		{"compressed data that is torn is no shorter feed", "4.1", never("sources/csv/unpack.go", "errors.Is(err, io.ErrUnexpectedEOF)").
			second("any error of it ends the read", replaced("sources/csv/stream.go", "err = e.explain(err)", "err = io.EOF")), test("TestGzip")},
		{"an archive with several files names none", "4.1", never("sources/csv/unpack.go", "len(files) > 1"), test("TestZip")},
		{"standard input that broke off is no shorter feed", "4.1", replaced("sources/csv/stdin.go", "s.err = fmt.Errorf(\"read standard input: %w\", err)\n\t\t\treturn nil", "break"), test("TestStdin")},
		{"what quote parity cut is held against the grammar", "4.1", never("sources/csv/block.go", "k.doubt || s.p < len(s.b)"), test("TestBlocks")},
	}
}
