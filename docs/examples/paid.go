// Tells an intake that an order was paid. Run again with the same words it is recorded once: the id is the same.
//
//	MINGDAN_URL=https://orders.example.com MINGDAN_KEY=mdk_… go run paid.go ORDER PAYMENT AMOUNT
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"time"
)

type event struct {
	SpecVersion string         `json:"specversion"`
	Type        string         `json:"type"`
	Source      string         `json:"source"`
	ID          string         `json:"id"`
	Subject     string         `json:"subject"`
	Data        map[string]int `json:"data"`
}

// again says whether a status gets better by sending the same once more.
func again(status int) bool {
	return status == 429 || status == 500 || status >= 502 && status <= 504
}

// post sends a body once. It returns the status, 0 where nobody answers, the answer, and what Retry-After asks for.
func post(client *http.Client, url, key string, body []byte) (int, string, time.Duration) {
	request, err := http.NewRequest("POST", url+"/v1/events", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/cloudevents+json")
	answer, err := client.Do(request)
	if err != nil {
		return 0, err.Error(), 0
	}
	defer answer.Body.Close()
	told, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error(), 0
	}
	asked, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
	return answer.StatusCode, string(told), time.Duration(asked) * time.Second
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("give ORDER PAYMENT AMOUNT")
	}
	amount, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	body, err := json.Marshal(event{"1.0", "mingdan.order.paid", "/shop/payments", os.Args[2], os.Args[1],
		map[string]int{"amount": amount}})
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Timeout: 20 * time.Second}
	rand.Seed(time.Now().UnixNano())
	for turn := 0; turn <= 5; turn++ {
		status, told, wait := post(client, os.Getenv("MINGDAN_URL"), os.Getenv("MINGDAN_KEY"), body)
		if status/100 == 2 {
			fmt.Println(told)
			return
		}
		if status != 0 && !again(status) {
			log.Fatal(told)
		}
		if longer := time.Duration(float64(int(250)<<turn)*(0.5+rand.Float64()/2)) * time.Millisecond; wait < longer {
			wait = longer
		}
		if turn < 5 {
			time.Sleep(wait)
		}
	}
	log.Fatal("the intake did not take this; send the same again later")
}
