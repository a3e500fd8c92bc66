// Prints how many seconds gguf-parser-go takes to read the header of a file: the median of some rounds, for each way.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	parser "github.com/gpustack/gguf-parser-go"
)

func main() {
	file := os.Args[1]
	rounds, _ := strconv.Atoi(os.Args[2])
	ways := []struct {
		name    string
		options []parser.GGUFReadOption
	}{
		{"as it is", nil},
		{"SkipLargeMetadata, UseMMap", []parser.GGUFReadOption{parser.SkipLargeMetadata(), parser.UseMMap()}},
	}
	for _, way := range ways {
		taken := []float64{}
		for range rounds {
			start := time.Now()
			if _, err := parser.ParseGGUFFile(file, way.options...); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			taken = append(taken, time.Since(start).Seconds())
		}
		slices.Sort(taken)
		fmt.Printf("%s\t%f\n", way.name, taken[len(taken)/2])
	}
}
